#include "apps/cartctl/outbox.h"

#include "apps/cartctl/base_url.h"
#include "apps/cartctl/show.h"
#include "apps/cartctl/terminal_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
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

// The elements of the root's member `name`, an array of objects, as they stand in `text`, which is well-formed JSON: another
// writer would spell numbers anew.
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
    if ((c == '}' || c == ']') && depth-- == element_depth && key == name) elements.push_back(text.substr(begin, at + 1 - begin));
    ++at;
  }
  return elements;
}

std::string text_member(const json::value& object, const char* name) {
  const json::value* value = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

HttpRequest letter_request(const char* method, const Letter& letter, const char* what) {
  return {method, "/v1/outbox/dead-letters/" + path_segment(letter.id) + what};
}

class OutboxCommand {
 public:
  OutboxCommand(const Options& options, const Ask& ask, std::ostream& out, std::ostream& err)
      : options_(options), ask_(ask), out_(out), err_(err) {}

  int show() {
    const auto body = get();
    if (!body) return failed;
    out_ << (options_.json ? *body + "\n" : show_outbox(*body));
    return done;
  }

  int export_letters() {
    const auto letters = all();
    if (!letters) return failed;
    for (const Letter& letter : *letters) out_ << letter.text << "\n";
    return done;
  }

  int retry() {
    const auto letters = chosen();
    if (!letters) return failed;
    int code = letters->size() == options_.letters.size() || options_.all_letters ? done : failed;
    for (const Letter& letter : *letters) {
      if (!succeeds(letter_request("POST", letter, "/retry"), letter)) {
        code = failed;
      } else if (!options_.json) {
        out_ << "taken on again: " << letter.id << ", of cart " << terminal_safe(letter.cart) << "\n";
      }
    }
    if (options_.all_letters && letters->empty() && !options_.json) out_ << "there are no dead letters\n";
    return code;
  }

  // What is dropped is gone for good: all of it is printed.
  int drop() {
    const auto letters = chosen();
    if (!letters || letters->empty()) return failed;
    const Letter& letter = letters->front();
    if (!succeeds(letter_request("DELETE", letter, ""), letter)) return failed;
    out_ << (options_.json ? letter.text : "dropped: " + terminal_safe(letter.text)) << "\n";
    return done;
  }

 private:
  void complain(const std::string& line) { err_ << "cartctl: " << line << "\n"; }

  std::optional<std::string> get() {
    const auto answer = ask_({"GET", "/v1/outbox"});
    if (!answer) return std::nullopt;
    if (answer->status == 200) return answer->body;
    if (options_.json && !answer->body.empty()) out_ << answer->body << "\n";
    complain(show_problem(answer->status, answer->body));
    return std::nullopt;
  }

  std::optional<std::vector<Letter>> all() {
    const auto body = get();
    if (!body) return std::nullopt;
    auto letters = read_letters(*body);
    if (!letters) complain("what answers there is not cartd: it shows no outbox");
    return letters;
  }

  // Those that the options name, and a complaint for each that is not there.
  std::optional<std::vector<Letter>> chosen() {
    auto letters = all();
    if (!letters || options_.all_letters) return letters;
    std::vector<Letter> chosen;
    for (const std::string& id : options_.letters) {
      const auto found = std::find_if(letters->begin(), letters->end(), [&](const Letter& letter) { return letter.id == id; });
      if (found != letters->end()) chosen.push_back(*found);
      else complain("there is no dead letter " + terminal_safe(id));
    }
    return chosen;
  }

  bool succeeds(const HttpRequest& request, const Letter& letter) {
    const auto answer = ask_(request);
    if (answer && answer->status < 300) return true;
    if (answer) complain(letter.id + ": " + show_problem(answer->status, answer->body));
    return false;
  }

  const Options& options_;
  const Ask& ask_;
  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace

std::optional<std::vector<Letter>> read_letters(std::string_view body) {
  boost::system::error_code error;
  const json::value outbox = json::parse(json::string_view(body.data(), body.size()), error);
  const json::value* letters = !error && outbox.is_object() ? outbox.get_object().if_contains("dead_letters") : nullptr;
  if (!letters || !letters->is_array()) return std::nullopt;
  const std::vector<std::string_view> texts = elements_as_written(body, "dead_letters");
  if (texts.size() != letters->get_array().size()) return std::nullopt;
  std::vector<Letter> read;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const json::value& letter = letters->get_array()[i];
    read.push_back({text_member(letter, "id"), text_member(letter, "cart"), std::string(texts[i])});
  }
  return read;
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
