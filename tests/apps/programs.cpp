#include "apps/programs.h"

#include "apps/parsed.h"
#include "support/process_memory.h"
#include "support/wait_until.h"

#include <map>
#include <regex>
#include <stdexcept>

namespace cartd::test {
namespace {

// A variable must stand there once only.
Variables without_settings(const Variables& variables) {
  std::map<std::string, std::string> all{
      {"REDIS_URL", ""}, {"DATABASE_URL", ""}, {"CARTD_CONFIG", ""}, {"CARTCTL_URL", ""}};
  for (const auto& [name, value] : variables) all[name] = value;
  return {all.begin(), all.end()};
}

}  // namespace

Ended run(const std::string& program, const std::vector<std::string>& arguments, const Variables& variables) {
  const TempDir folder;
  ProcessOptions options;
  options.output = folder.path() / "out";
  options.environment = without_settings(variables);
  options.environment.emplace_back("ERRORS", (folder.path() / "err").string());
  std::vector<std::string> command{"sh", "-c", R"(exec "$@" 2>"$ERRORS")", "sh", program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const int code = run_to_end(command, options);
  return {code, read_text(folder.path() / "out"), read_text(folder.path() / "err")};
}

Ended run_cartd(const std::vector<std::string>& arguments, const Variables& variables) {
  return run(CARTD_PROGRAM, arguments, variables);
}

Ended run_cartctl(const std::vector<std::string>& arguments, const Variables& variables) {
  return run(CARTCTL_PROGRAM, arguments, variables);
}

RunningCartd::RunningCartd(std::vector<std::string> arguments, const Variables& variables) {
  arguments.insert(arguments.begin(), {CARTD_PROGRAM, "--listen", "127.0.0.1:0", "--threads", "2"});
  ProcessOptions options;
  options.output = folder_.path() / "log";
  options.environment = without_settings(variables);
  process_.emplace(arguments, options);
  static const std::regex listening(R"re("event":"cartd started".*"listen":"127\.0\.0\.1:([0-9]+)")re");
  const bool settled = wait_until([&] { return std::regex_search(log(), listening) || !process_->running(); });
  std::smatch match;
  const std::string text = log();
  if (!settled || !std::regex_search(text, match, listening)) throw std::runtime_error("cartd did not start: " + text);
  port_ = static_cast<std::uint16_t>(std::stoi(match[1]));
}

std::string RunningCartd::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::string RunningCartd::log() const { return read_text(folder_.path() / "log"); }

bool RunningCartd::logs(const std::string& text) const {
  return wait_until([&] { return log().find(text) != std::string::npos; });
}

cartctl::HttpAnswer RunningCartd::ask(const std::string& method, const std::string& target,
                                      const std::string& body) const {
  const auto answer =
      cartctl::exchange(value_of(cartctl::parse_base_url(url())), {method, target, body}, std::chrono::seconds(20));
  if (!answer) throw std::runtime_error("no answer: " + answer.error().why);
  return *answer;
}

Ended RunningCartd::cartctl(std::vector<std::string> arguments) const {
  return run_cartctl(arguments, {{"CARTCTL_URL", url()}});
}

std::size_t RunningCartd::memory(const std::string& field) const {
  return memory_of(std::to_string(process_->pid()), field);
}

}  // namespace cartd::test
