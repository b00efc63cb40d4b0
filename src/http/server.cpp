#include "http/server.h"

#include "http/listener.h"
#include "http/site.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <utility>

namespace cartd::http {
namespace {

using boost::asio::ip::tcp;
using Listeners = std::vector<std::shared_ptr<Listener>>;

/// How long connections that were cut may take to notice.
constexpr std::chrono::milliseconds after_cut{2'000};

std::string to_text(const Options& options) {
  const bool ipv6 = options.address.find(':') != std::string::npos;
  return (ipv6 ? '[' + options.address + ']' : options.address) + ':' + std::to_string(options.port);
}

/// One a reactor. Port 0 takes a free one.
Listeners listen(Reactors& reactors, tcp::endpoint endpoint, const std::shared_ptr<Site>& site, std::uint16_t& port) {
  if (endpoint.port() != 0) probe(reactors[0], endpoint);
  Listeners listeners;
  for (std::size_t i = 0; i < reactors.size(); ++i) {
    Acceptor acceptor = listen_on(reactors[i], endpoint);
    endpoint.port(acceptor.local_endpoint().port());
    listeners.push_back(std::make_shared<Listener>(reactors[i], std::move(acceptor), site));
  }
  port = endpoint.port();
  return listeners;
}

/// Runs `task` on every listener's reactor.
template <class Task>
void for_each(Reactors& reactors, const Listeners& listeners, Task task) {
  for (std::size_t i = 0; i < listeners.size(); ++i)
    boost::asio::post(reactors[i].io(), [listener = listeners[i], task] { task(*listener); });
}

}  // namespace

Server::Server(Reactors& reactors, Router router, Metrics& metrics, Options options)
    : reactors_(reactors), site_(std::make_shared<Site>(std::move(router), metrics, std::move(options))) {}

Server::~Server() {
  for_each(reactors_, listeners_, [](Listener& listener) {
    listener.close();
    listener.cut();
    listener.stop();
  });
}

void Server::start() {
  const Options& options = site_->options;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(options.address, not_an_address);
  if (not_an_address) throw std::runtime_error("cannot listen on " + to_text(options) + ": not an IP address");
  try {
    listeners_ = listen(reactors_, {address, options.port}, site_, port_);
  } catch (const boost::system::system_error& e) {
    throw std::runtime_error("cannot listen on " + to_text(options) + ": " + e.code().message());
  }
  for (const auto& listener : listeners_) listener->start();
}

bool Server::drain() {
  // Only when no listener accepts any more can the number of connections no longer rise.
  std::vector<std::future<void>> closed;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    auto done = std::make_shared<std::promise<void>>();
    closed.push_back(done->get_future());
    boost::asio::post(reactors_[i].io(),
                      [listener = listeners_[i], done] { listener->drain([done] { done->set_value(); }); });
  }
  for (std::future<void>& done : closed) done.wait();
  const bool clean = site_->connections.wait_for_none(site_->options.timeouts.drain);
  if (!clean) {
    for_each(reactors_, listeners_, [](Listener& listener) { listener.cut(); });
    site_->connections.wait_for_none(after_cut);
  }
  return clean;
}

}  // namespace cartd::http
