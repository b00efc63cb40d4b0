#include "support/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <stdexcept>
#include <unordered_set>

namespace cartd::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("HTTP client: " + what); }

[[noreturn]] void fail_by_system(const std::string& what) { fail(what + ": " + std::strerror(errno)); }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool names(const HttpHeaders& headers, const std::string& name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) { return lower(header.first) == name; });
}

/// MessagePack as JSON: a record is text, and its schema the same.
std::string text_of(const HttpResponse& response) {
  if (response.header("content-type") != "application/msgpack" || response.body.empty()) return response.body;
  return nlohmann::json::from_msgpack(response.body).dump();
}

/// What was sent, as text; empty where there was nothing, it was compressed, or it is more than is worth keeping.
std::string sent_text(const std::string& body, const HttpHeaders& headers) {
  constexpr std::size_t most = 64 * 1024;
  if (body.empty() || body.size() > most || names(headers, "content-encoding")) return "";
  const bool is_msgpack = std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return lower(header.first) == "content-type" && header.second.find("msgpack") != std::string::npos;
  });
  return is_msgpack ? nlohmann::json::from_msgpack(body).dump() : body;
}

/// The answers of this process, one line of JSON each, with the request's body where it was accepted. A client that
/// repeats a request a hundred thousand times is refused as often with the same words: what differs only in its time
/// and request id is written once.
class Record {
 public:
  void add(const std::string& method, const std::string& target, const std::string& body, const HttpHeaders& headers,
           const HttpResponse& response) {
    const char* folder = std::getenv("RECORD_DIR");
    if (!folder) return;
    nlohmann::json line{{"method", method},
                        {"target", target},
                        {"status", response.status},
                        {"headers", response.headers},
                        {"body", text_of(response)}};
    if (response.status / 100 == 2)
      if (const std::string sent = sent_text(body, headers); !sent.empty()) line["request"] = sent;
    nlohmann::json what_counts = line;
    for (const char* name : {"date", "x-request-id"}) what_counts["headers"].erase(name);
    const std::lock_guard lock(mutex_);
    if (!written_.insert(what_counts.dump()).second) return;
    if (!file_.is_open()) open(folder);
    file_ << line.dump() << std::endl;
    if (!file_) fail("an answer cannot be written down");
  }

 private:
  void open(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    file_.open(folder / (std::to_string(::getpid()) + "-" + std::to_string(std::random_device()()) + ".jsonl"));
    if (!file_) fail("no file for answers can be made");
  }

  std::mutex mutex_;
  std::ofstream file_;
  std::unordered_set<std::string> written_;
};

Record& record() {
  static Record the_record;
  return the_record;
}

}  // namespace

std::string HttpResponse::header(const std::string& name) const {
  const auto it = headers.find(name);
  return it == headers.end() ? "" : it->second;
}

std::string http_request(const std::string& method, const std::string& target, const std::string& body,
                         const HttpHeaders& headers) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (!body.empty() && !names(headers, "content-type")) text += "Content-Type: application/json\r\n";
  for (const auto& [name, value] : headers) text.append(name).append(": ").append(value).append("\r\n");
  return text + "\r\n" + body;
}

HttpClient::HttpClient(std::uint16_t port, HttpClientOptions options) : options_(std::move(options)) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail_by_system("socket");
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (options_.receive_buffer > 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer, sizeof options_.receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, options_.address.c_str(), &address.sin_addr);
  sockaddr generic{};
  static_assert(sizeof generic == sizeof address);
  std::memcpy(&generic, &address, sizeof generic);
  if (::connect(socket_, &generic, sizeof generic) != 0) {
    const int why = errno;
    ::close(socket_);
    errno = why;
    fail_by_system("connect");
  }
}

HttpClient::~HttpClient() { ::close(socket_); }

HttpResponse HttpClient::request(const std::string& method, const std::string& target, const std::string& body,
                                 const HttpHeaders& headers) {
  write(http_request(method, target, body, headers));
  std::optional<HttpResponse> response = read(method == "HEAD");
  if (!response) fail("the server closed the connection instead of answering");
  record().add(method, target, body, headers, *response);
  return *response;
}

std::optional<HttpResponse> HttpClient::read_answer_to(const std::string& method, const std::string& target) {
  std::optional<HttpResponse> response = read(method == "HEAD");
  if (response) record().add(method, target, {}, {}, *response);
  return response;
}

void HttpClient::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(POLLOUT)) fail("the server takes no more bytes");
    bytes.remove_prefix(write_some(bytes));
  }
}

std::size_t HttpClient::write_some(std::string_view bytes) {
  const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EINTR) return 0;
  fail_by_system("send");
}

std::optional<HttpResponse> HttpClient::read(bool to_head) {
  while (received_.find("\r\n\r\n") == std::string::npos) {
    if (receive()) continue;
    if (received_.empty()) return std::nullopt;
    fail("the connection ended within a header");
  }
  HttpResponse response;
  const std::string status_line = take_line();
  if (!status_line.starts_with("HTTP/1.1 ") || status_line.size() < 13) fail("not a status line: " + status_line);
  std::from_chars(status_line.data() + 9, status_line.data() + 12, response.status);
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) fail("not a field: " + line);
    if (!response.headers.emplace(lower(line.substr(0, colon)), line.substr(colon + 2)).second)
      fail("a field came twice: " + line);
  }
  const std::string length_text = response.header("content-length");
  const bool bodiless = to_head || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) return response;
  std::size_t length = 0;
  const auto parsed = std::from_chars(length_text.data(), length_text.data() + length_text.size(), length);
  if (length_text.empty() || parsed.ptr != length_text.data() + length_text.size()) fail("no Content-Length");
  while (received_.size() < length)
    if (!receive()) fail("the connection ended within a body");
  response.body = received_.substr(0, length);
  received_.erase(0, length);
  return response;
}

void HttpClient::finish() { ::shutdown(socket_, SHUT_WR); }

bool HttpClient::closed_by_server() {
  if (!received_.empty()) return false;
  char byte = 0;
  while (wait_for(POLLIN)) {
    const ssize_t count = ::recv(socket_, &byte, 1, 0);
    if (count < 0 && errno == EINTR) continue;
    return count == 0 || (count < 0 && errno == ECONNRESET);
  }
  return false;
}

bool HttpClient::wait_for(short events) const {
  pollfd waiting{socket_, events, 0};
  const int ready = ::poll(&waiting, 1, static_cast<int>(options_.patience.count()));
  if (ready < 0 && errno != EINTR) fail_by_system("poll");
  return ready != 0;
}

bool HttpClient::receive() {
  if (!wait_for(POLLIN)) fail("the server says nothing");
  char bytes[16 * 1024];
  const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0 && errno == EINTR) return true;
  if (count < 0 && errno == ECONNRESET) return false;
  if (count < 0) fail_by_system("recv");
  received_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

std::string HttpClient::take_line() {
  const std::size_t end = received_.find("\r\n");
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

std::optional<double> metric_in(const std::string& metrics, const std::string& series) {
  const std::size_t at = metrics.find("\n" + series + " ");
  return at == std::string::npos ? std::nullopt : std::optional(std::stod(metrics.substr(at + series.size() + 2)));
}

}  // namespace cartd::test
