#include "apps/cartctl/exporter.h"

#include "apps/cartctl/http_connection.h"
#include "apps/cartctl/patience.h"
#include "apps/cartctl/show.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace cartd::cartctl {
namespace {

struct PageBody {
  std::string body{};
  std::string failure{};
};

PageBody get_page(HttpConnection& connection, const BaseUrl& server, const std::string& cursor) {
  std::string target = "/v1/export?limit=1000";
  if (!cursor.empty()) target += "&cursor=" + query_value(cursor);
  auto pause = patience::first_pause;
  std::string last;
  for (int attempt = 0; attempt < patience::most_attempts; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::milliseconds>(2 * pause, patience::longest_pause);
    Exchanged answer = connection.exchange({"GET", target}, patience::timeout);
    if (answer && answer->status == 200) return {std::move(answer->body)};
    if (!answer) last = "cannot reach cartd at " + server.shown + ": " + answer.error().why;
    else last = show_problem(answer->status, answer->body);
    const bool may_work_later = !answer || answer->status == 503 || answer->status == 504;
    if (!may_work_later) break;
  }
  return {"", last};
}

}  // namespace

std::string export_pages(const BaseUrl& server, std::string cursor, const std::function<bool(MovedPage page)>& take) {
  HttpConnection connection(server);
  for (;;) {
    const PageBody got = get_page(connection, server, cursor);
    if (!got.failure.empty()) return got.failure;
    auto page = read_page(got.body);
    if (!page) return "the server is not cartd: it answers no page of an export";
    if (!page->next_cursor.empty() && page->next_cursor == cursor)
      return "the server keeps showing the same page of the export";
    cursor = page->next_cursor;
    if (!take(std::move(*page)) || cursor.empty()) return {};
  }
}

}  // namespace cartd::cartctl
