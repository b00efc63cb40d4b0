// A small HTTP/1.1 client for tests: blocking, one connection, and able to send what no well-behaved client would.
//
// Answers to request() are also written down, for the check against docs/openapi.yaml: when RECORD_DIR is set, each
// different one as one line of JSON in a file of that folder.
//
// Failure: throws std::runtime_error when the connection cannot be made, breaks, or says nothing for the patience
// given.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::test {

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers{};  ///< Names in lower case.
  std::string body{};

  /// Empty when there is no such field. `name` is in lower case.
  std::string header(const std::string& name) const;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpClientOptions {
  std::string address = "127.0.0.1";
  std::chrono::milliseconds patience = std::chrono::seconds(20);
  int receive_buffer = 0;  ///< SO_RCVBUF in bytes; 0 leaves it to the system.
};

class HttpClient {
 public:
  /// Connects to `port` of this machine.
  explicit HttpClient(std::uint16_t port, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Sends one request with Host and, when there is a body, Content-Length and, unless `headers` has one, a JSON
  /// Content-Type; answers the response.
  HttpResponse request(const std::string& method, const std::string& target, const std::string& body = "",
                       const HttpHeaders& headers = {});

  HttpResponse get(const std::string& target, const HttpHeaders& headers = {}) {
    return request("GET", target, "", headers);
  }
  HttpResponse post(const std::string& target, const std::string& body, const HttpHeaders& headers = {}) {
    return request("POST", target, body, headers);
  }
  HttpResponse put(const std::string& target, const std::string& body, const HttpHeaders& headers = {}) {
    return request("PUT", target, body, headers);
  }
  HttpResponse patch(const std::string& target, const std::string& body, const HttpHeaders& headers = {}) {
    return request("PATCH", target, body, headers);
  }
  HttpResponse erase(const std::string& target, const HttpHeaders& headers = {}) {
    return request("DELETE", target, "", headers);
  }

  /// Sends bytes as they are.
  void write(std::string_view bytes);
  /// Sends what the server takes at once; answers how much that was.
  std::size_t write_some(std::string_view bytes);
  /// The next response; nothing when the server closed the connection instead. `to_head`: it answers a HEAD request.
  std::optional<HttpResponse> read(bool to_head = false);
  /// The same, for a request that was sent with write(); written down like an answer to request().
  std::optional<HttpResponse> read_answer_to(const std::string& method, const std::string& target);
  /// Tells the server that nothing more will come.
  void finish();
  /// Waits until the server has closed the connection; false when it sent bytes first, or did not within the patience.
  bool closed_by_server();

 private:
  bool wait_for(short events) const;
  /// False at the end of the stream.
  bool receive();
  std::string take_line();

  HttpClientOptions options_;
  int socket_ = -1;
  std::string received_{};
};

/// The value of a series in the text of /metrics; nothing when there is none.
std::optional<double> metric_in(const std::string& metrics, const std::string& series);

/// The request as request() sends it.
std::string http_request(const std::string& method, const std::string& target, const std::string& body,
                         const HttpHeaders& headers);

}  // namespace cartd::test
