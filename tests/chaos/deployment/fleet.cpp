#include "chaos/deployment/fleet.h"

#include "chaos/faults/links.h"
#include "chaos/faults/small_disk.h"
#include "support/free_port.h"
#include "support/http_client.h"
#include "support/wait_until.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

// Room for a journal's files and for what a run leaves in them.
constexpr std::uint64_t disk_bytes = 128 << 20;

constexpr int cannot_start = 1;

void write_offset(const std::filesystem::path& file, std::int64_t seconds) {
  // In place: the program has the file mapped.
  std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
  char bytes[sizeof seconds];
  std::memcpy(bytes, &seconds, sizeof seconds);
  out.write(bytes, sizeof bytes);
  out.close();
  if (!out) throw std::runtime_error("a clock cannot be set");
}

/// What the sanitizers of a program that is preloaded something into need to be told besides what they were told.
std::string sanitizer_options() {
  const char* given = std::getenv("ASAN_OPTIONS");
  return std::string(given == nullptr ? "" : given) + ":verify_asan_link_order=0";
}

}  // namespace

struct Fleet::Member {
  TempDir folder{};
  std::uint16_t port = free_port();
  std::unique_ptr<SmallDisk> disk{};
  std::optional<Process> process{};

  std::filesystem::path log() const { return folder.path() / "log"; }
  std::filesystem::path clock() const { return folder.path() / "clock"; }
};

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  for (int i = 0; i < options_.count; ++i) {
    members_.push_back(std::make_unique<Member>());
    Member& member = *members_.back();
    std::ofstream(member.clock(), std::ios::binary) << std::string(sizeof(std::int64_t), '\0');
    if (options_.journal) member.disk = std::make_unique<SmallDisk>(member.folder.path() / "disk", disk_bytes);
    start(i);
  }
  for (int i = 0; i < size(); ++i)
    if (!wait_until([&] { return ready(i); }, 60s))
      throw std::runtime_error("a cartd does not serve: " + state(i) + "\n" + log(i));
}

Fleet::~Fleet() = default;

int Fleet::size() const { return static_cast<int>(members_.size()); }

std::uint16_t Fleet::port(int number) const { return member(number).port; }

std::vector<std::uint16_t> Fleet::ports() const {
  std::vector<std::uint16_t> list;
  for (const auto& one : members_) list.push_back(one->port);
  return list;
}

void Fleet::kill(int number) {
  member(number).process->kill();
  killed_.push_back({number, std::chrono::steady_clock::now()});
}

void Fleet::launch(int number) {
  Member& one = member(number);
  std::vector<std::string> command{options_.program.string(), "--listen", "127.0.0.1:" + std::to_string(one.port),
                                   "--threads", "2"};
  if (one.disk) command.insert(command.end(), {"--data-dir", (one.disk->path() / "journal").string()});
  if (options_.memory_while_away) command.insert(command.end(), {"--while-away", "memory"});
  ProcessOptions process;
  process.output = one.log();
  process.environment = {
      {"REDIS_URL", options_.redis_url}, {"DATABASE_URL", options_.database_url}, {"CARTD_CONFIG", ""}};
  process.environment.emplace_back("LD_PRELOAD", options_.clock.string() + ":" + options_.address.string());
  process.environment.emplace_back("JUMPING_CLOCK", one.clock().string());
  process.environment.emplace_back("OWN_ADDRESS", cartd_address(static_cast<std::size_t>(number)));
  process.environment.emplace_back("ASAN_OPTIONS", sanitizer_options());
  one.process.emplace(command, process);
  if (!wait_until([&] { return !one.process->running() || !state(number).empty(); }, 60s))
    throw std::runtime_error("cartd neither starts nor ends:\n" + log(number));
}

void Fleet::start(int number) {
  launch(number);
  if (!member(number).process->running()) throw std::runtime_error("cartd does not start:\n" + log(number));
}

std::string Fleet::refusal(int number) {
  const std::size_t before = log(number).size();
  launch(number);
  if (member(number).process->running())
    throw std::runtime_error("cartd serves where it has to refuse:\n" + log(number));
  std::string said = log(number).substr(before);
  if (member(number).process->wait() != cannot_start || std::count(said.begin(), said.end(), '\n') != 1)
    throw std::runtime_error("cartd does not say in one line why it does not start:\n" + said);
  said.pop_back();
  return said;
}

std::string Fleet::state(int number) const {
  try {
    HttpClient client(port(number), {.patience = 5s});
    return client.get("/readyz").body;
  } catch (const std::runtime_error&) {
    return "";
  }
}

bool Fleet::ready(int number) const {
  const auto answer = nlohmann::json::parse(state(number), nullptr, false);
  return answer.is_object() && answer.value("status", "") == "ready";
}

bool Fleet::settled(int number) const {
  const auto answer = nlohmann::json::parse(state(number), nullptr, false);
  return answer.is_object() && answer.at("outbox").at("depth") == 0 && answer.at("outbox").value("unconfirmed", 0) == 0;
}

void Fleet::set_clock(int number, std::chrono::seconds offset) { write_offset(member(number).clock(), offset.count()); }

void Fleet::fill_disk(int number) { member(number).disk->fill(); }

void Fleet::free_disk(int number) { member(number).disk->empty(); }

void Fleet::lock_disk(int number) { member(number).disk->lock(); }

void Fleet::unlock_disk(int number) { member(number).disk->unlock(); }

std::string Fleet::log(int number) const { return read_text(member(number).log()); }

}  // namespace cartd::test
