#include "apps/cartctl/outbox.h"

#include "apps/cartctl/base_url.h"
#include "apps/cartctl/show.h"
#include "util/terminal_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <ostream>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

constexpr int done = 0;
constexpr int failed = 1;

// Where the string that begins at `at` ends: behind its closing quote.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

// The elements of the root's member `name`, an array of objects, as they stand in `text`, which is well-formed JSON:
// another writer would spell numbers anew.
std::vector<std::string_view> elements_as_written(std::string_view text, std::string_view name) {
  constexpr int member_depth = 1;
  constexpr int element_depth = 3;
  std::vector<std::string_view> elements;
  std::string_view key;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = end_of_string(text, at);
      if (depth == member_depth) key = text.substr(at + 1, end - at - 2);
      at = end;
      continue;
    }
    if ((c == '{' || c == '[') && ++depth == element_depth) begin = at;
    if ((c == '}' || c == ']') && depth-- == element_depth && key == name)
      elements.push_back(text.substr(begin, at + 1 - begin));
    ++at;
  }
  return elements;
}

std::string text_member(const json::value& object, const char* name) {
  const json::value* value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

HttpRequest letter_request(const char* method, const std::string& id, const char* what) {
  return {method, "/v1/outbox/dead-letters/" + path_segment(id) + what};
}

class OutboxCommand {
 public:
  OutboxCommand(const Options& options, const Ask& ask, std::ostream& out, std::ostream& err)
      : options_(options), ask_(ask), out_(out), err_(err) {}

  int show() {
    const auto body = get(first_page);
    if (!body) return failed;
    out_ << (options_.json ? *body + "\n" : show_outbox(*body));
    return done;
  }

  int export_letters() {
    return for_each_page([this](const LetterPage& page) {
      for (const Letter& letter : page.letters) out_ << letter.text << "\n";
    });
  }

  int retry() {
    std::vector<std::string> ids = options_.letters;
    int code = done;
    // Collected first: what is refused again comes back as a letter with another id.
    if (options_.all_letters)
      code = for_each_page([&](const LetterPage& page) {
        for (const Letter& letter : page.letters) ids.push_back(letter.id);
      });
    for (const std::string& id : ids)
      if (!retry(id)) code = failed;
    if (options_.all_letters && ids.empty() && code == done && !options_.json) out_ << "no dead letters\n";
    return code;
  }

  // A dropped letter is gone for good, so all of it is printed.
  int drop() {
    const std::string& id = options_.letters.front();
    const auto letter = ask_for(letter_request("GET", id, ""), id);
    if (!letter || !ask_for(letter_request("DELETE", id, ""), id)) return failed;
    out_ << (options_.json ? letter->body : "dropped: " + util::terminal_safe(letter->body)) << "\n";
    return done;
  }

 private:
  static constexpr const char* first_page = "/v1/outbox";
  static constexpr const char* large_page = "/v1/outbox?limit=1000";

  void complain(const std::string& line) { err_ << "cartctl: " << line << "\n"; }

  std::optional<std::string> get(const std::string& target) {
    const auto answer = ask_({"GET", target});
    if (!answer) return std::nullopt;
    if (answer->status == 200) return answer->body;
    if (options_.json && !answer->body.empty()) out_ << answer->body << "\n";
    complain(show_problem(answer->status, answer->body));
    return std::nullopt;
  }

  // Shows `visit` all dead letters, page by page.
  template <class Visit>
  int for_each_page(Visit visit) {
    for (std::string target = large_page;;) {
      const auto body = get(target);
      if (!body) return failed;
      const auto page = read_letters(*body);
      if (!page) {
        complain("the server is not cartd: it shows no outbox");
        return failed;
      }
      visit(*page);
      if (page->next_cursor.empty()) return done;
      const std::string next = std::string(large_page) + "&cursor=" + path_segment(page->next_cursor);
      if (next == target) {
        complain("the server is not cartd: it keeps showing the same page");
        return failed;
      }
      target = next;
    }
  }

  bool retry(const std::string& id) {
    if (!ask_for(letter_request("POST", id, "/retry"), id)) return false;
    if (!options_.json) out_ << "retried: " << util::terminal_safe(id) << "\n";
    return true;
  }

  // The answer to a request about a letter, or, with a complaint, nothing when it is an error.
  std::optional<HttpAnswer> ask_for(const HttpRequest& request, const std::string& id) {
    auto answer = ask_(request);
    if (answer && answer->status < 300) return answer;
    if (answer && answer->status == 404) complain("dead letter not found: " + util::terminal_safe(id));
    else if (answer) complain(util::terminal_safe(id) + ": " + show_problem(answer->status, answer->body));
    return std::nullopt;
  }

  const Options& options_;
  const Ask& ask_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace

std::optional<LetterPage> read_letters(std::string_view body) {
  boost::system::error_code error;
  const json::value outbox = json::parse(json::string_view(body.data(), body.size()), error);
  const json::value* letters = !error && outbox.is_object() ? outbox.get_object().if_contains("dead_letters") : nullptr;
  if (!letters || !letters->is_array()) return std::nullopt;
  const std::vector<std::string_view> texts = elements_as_written(body, "dead_letters");
  if (texts.size() != letters->get_array().size()) return std::nullopt;
  LetterPage page{{}, text_member(outbox, "next_cursor")};
  for (std::size_t i = 0; i < texts.size(); ++i)
    page.letters.push_back({text_member(letters->get_array()[i], "id"), std::string(texts[i])});
  return page;
}

int run_outbox(const Options& options, const Ask& ask, std::ostream& out, std::ostream& err) {
  OutboxCommand command(options, ask, out, err);
  switch (options.verb) {
    case Verb::outbox_export: return command.export_letters();
    case Verb::outbox_retry: return command.retry();
    case Verb::outbox_drop: return command.drop();
    default: return command.show();
  }
}

}  // namespace cartd::cartctl
