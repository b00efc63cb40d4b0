#include "transport/http/server.h"

#include "transport/http/listener.h"
#include "transport/http/site.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using boost::asio::ip::tcp;

/// How long connections that were cut may take to notice.
constexpr std::chrono::milliseconds after_cut{2'000};

std::string to_text(const HttpOptions& options) {
  const bool ipv6 = options.address.find(':') != std::string::npos;
  return (ipv6 ? '[' + options.address + ']' : options.address) + ':' + std::to_string(options.port);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Reactors& reactors, CartService& carts, UserService& users, Metrics& metrics, HttpOptions options)
      : reactors_(reactors), site_(std::make_shared<http::Site>(carts, users, metrics, std::move(options))) {}

  ~Impl() {
    for_each([](http::Listener& listener) {
      listener.close();
      listener.cut();
      listener.stop();
    });
  }

  void start() {
    const HttpOptions& options = site_->options;
    boost::system::error_code not_an_address;
    const auto address = boost::asio::ip::make_address(options.address, not_an_address);
    if (not_an_address) throw std::runtime_error("cannot listen on " + to_text(options) + ": not an IP address");
    try {
      listen({address, options.port});
    } catch (const boost::system::system_error& e) {
      throw std::runtime_error("cannot listen on " + to_text(options) + ": " + e.code().message());
    }
    for (const auto& listener : listeners_) listener->start();
  }

  std::uint16_t port() const { return port_; }

  void announce_stop() { site_->stopping = true; }

  bool drain() {
    announce_stop();
    // Only when every listener is deaf can the number of connections no longer rise.
    std::vector<std::future<void>> deaf;
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
      auto done = std::make_shared<std::promise<void>>();
      deaf.push_back(done->get_future());
      boost::asio::post(reactors_[i].io(), [listener = listeners_[i], done] { listener->drain([done] { done->set_value(); }); });
    }
    for (std::future<void>& done : deaf) done.wait();
    const bool clean = site_->connections.wait_for_none(site_->options.timeouts.drain);
    if (!clean) {
      for_each([](http::Listener& listener) { listener.cut(); });
      site_->connections.wait_for_none(after_cut);
    }
    return clean;
  }

 private:
  void listen(tcp::endpoint endpoint) {
    if (endpoint.port() != 0) http::probe(reactors_[0], endpoint);
    std::vector<std::shared_ptr<http::Listener>> listeners;
    for (std::size_t i = 0; i < reactors_.size(); ++i) {
      http::Acceptor acceptor = http::listen_on(reactors_[i], endpoint);
      endpoint.port(acceptor.local_endpoint().port());
      listeners.push_back(std::make_shared<http::Listener>(reactors_[i], std::move(acceptor), site_));
    }
    port_ = endpoint.port();
    listeners_ = std::move(listeners);
  }

  template <class Task>
  void for_each(Task task) {
    for (std::size_t i = 0; i < listeners_.size(); ++i)
      boost::asio::post(reactors_[i].io(), [listener = listeners_[i], task] { task(*listener); });
  }

  Reactors& reactors_;
  std::shared_ptr<http::Site> site_;
  std::vector<std::shared_ptr<http::Listener>> listeners_{};
  std::uint16_t port_ = 0;
};

HttpServer::HttpServer(Reactors& reactors, CartService& carts, UserService& users, Metrics& metrics, HttpOptions options)
    : impl_(std::make_unique<Impl>(reactors, carts, users, metrics, std::move(options))) {}

HttpServer::~HttpServer() = default;

void HttpServer::start() { impl_->start(); }

std::uint16_t HttpServer::port() const { return impl_->port(); }

void HttpServer::announce_stop() { impl_->announce_stop(); }

bool HttpServer::drain() { return impl_->drain(); }

}  // namespace cartd
