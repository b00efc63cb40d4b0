// cartctl: carts on the command line.
#include "apps/cartctl/doctor/doctor.h"
#include "apps/cartctl/moving.h"
#include "apps/cartctl/options.h"
#include "apps/cartctl/outbox.h"
#include "apps/cartctl/requests.h"
#include "apps/cartctl/retry.h"
#include "apps/cartctl/show.h"
#include "apps/cartctl/show_checkout.h"
#include "util/hex.h"
#include "util/terminal_text.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <thread>

namespace {

using namespace cartd::cartctl;

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

int complain(int code, const std::string& line) {
  std::cerr << "cartctl: " << line << "\n";
  return code;
}

// 128 random bits: two keys are never equal by chance.
std::string fresh_key() {
  std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, 15);
  std::string key;
  while (key.size() < 32) key += cartd::util::hex_digits[digit(random)];
  return key;
}

bool about_outbox(Verb verb) {
  return verb == Verb::outbox_show || verb == Verb::outbox_export || verb == Verb::outbox_retry ||
         verb == Verb::outbox_drop;
}

std::string show(Verb verb, std::string_view body) {
  switch (verb) {
    case Verb::user_get:
    case Verb::user_put:
    case Verb::user_patch:
    case Verb::user_erase: return show_user(body);
    case Verb::owner_carts: return show_owner_carts(body);
    case Verb::merge:
    case Verb::move: return show_merge(body);
    case Verb::checkout_begin:
    case Verb::checkout_show:
    case Verb::checkout_abort: return show_checkout(body);
    case Verb::checkout_list: return show_checkouts(body);
    case Verb::checkout_complete:
    case Verb::order: return show_order(body);
    case Verb::orders: return show_orders(body);
    default: return show_cart(body);
  }
}

int print(const Options& options, const HttpAnswer& answer) {
  if (answer.status >= 300) {
    if (options.json && !answer.body.empty()) std::cout << answer.body << "\n";
    complain(failed, show_problem(answer.status, answer.body));
    if (!options.json) std::cerr << show_problem_lines(answer.body);
    return failed;
  }
  if (answer.body.empty()) {
    if (!options.json) std::cout << "done\n";
  } else if (options.json) {
    std::cout << answer.body << "\n";
  } else if (options.verb == Verb::checkpoint) {
    std::cout << "made checkpoints/" << options.id << " in cartd's data directory\n";
  } else {
    std::cout << show(options.verb, answer.body);
  }
  return done;
}

// Nothing when there is no answer, after a complaint.
std::optional<HttpAnswer> ask(const BaseUrl& server, const HttpRequest& request) {
  constexpr std::chrono::seconds timeout(30);
  const auto attempt = [&] { return exchange(server, request, timeout); };
  const auto say = [](const std::string& line) { complain(failed, line); };
  const auto wait = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); };
  const Exchanged answer = with_retries(attempt, say, wait);
  if (answer) return *answer;
  complain(failed, answer.error().connected
                       ? "no answer from " + server.shown +
                             "; it is unknown whether the request was carried out: " + answer.error().why
                       : "cannot reach cartd at " + server.shown + ": " + answer.error().why);
  return std::nullopt;
}

int speak_http(const Options& options) {
  const auto server = parse_base_url(options.url);
  if (!server) return complain(wrong_usage, "--url: " + server.error());
  if (about_outbox(options.verb))
    return run_outbox(
        options, [&](const HttpRequest& request) { return ask(*server, request); }, std::cout, std::cerr);
  const auto request = request_for(options, fresh_key());
  if (!request) return complain(wrong_usage, request.error());
  const auto answer = ask(*server, *request);
  return answer ? print(options, *answer) : failed;
}

std::atomic<bool> is_stopped = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler sets it");

int move(const Options& options) {
  if (options.follow)
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, [](int) { is_stopped = true; });
  const Terminal terminal{std::cin, std::cout, std::cerr, isatty(STDERR_FILENO) == 1, is_stopped};
  switch (options.verb) {
    case Verb::export_all: return run_export(options, terminal);
    case Verb::import_all: return run_import(options, terminal);
    default: return run_migrate(options, terminal);
  }
}

int run(const std::vector<std::string>& arguments) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  const auto options = parse_options(arguments, environment);
  if (!options) return complain(wrong_usage, options.error());
  switch (options->verb) {
    case Verb::help: std::cout << options->help_text; return done;
    case Verb::version: std::cout << "cartctl " CARTD_VERSION "\n"; return done;
    case Verb::doctor:
      return cartd::doctor::run({options->redis_url, options->tls, options->sample, options->json}, std::cout,
                                std::cerr, isatty(STDERR_FILENO) == 1);
    case Verb::export_all:
    case Verb::import_all:
    case Verb::migrate: return move(*options);
    default: return speak_http(*options);
  }
}

}  // namespace

int main(int count, char** values) {
  try {
    return run({values + 1, values + count});
  } catch (const std::exception& error) {
    return complain(failed, cartd::util::terminal_safe(error.what()));
  }
}
