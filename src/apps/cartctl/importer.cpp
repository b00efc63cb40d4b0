#include "apps/cartctl/importer.h"

#include "apps/cartctl/http_connection.h"
#include "apps/cartctl/patience.h"
#include "apps/cartctl/show.h"
#include "util/terminal_text.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cartd::cartctl {
namespace {

// Below what a cartd takes as a body by default, 256 KiB.
constexpr std::size_t most_batch_bytes = 160 * 1024;
constexpr std::size_t most_in_batch = 400;

std::string body_of(const std::vector<std::string>& carts, const std::vector<std::string>& users) {
  std::string body = R"({"carts":[)";
  for (const std::string& text : carts) body.append(body.ends_with('[') ? "" : ",").append(text);
  body += R"(],"users":[)";
  for (const std::string& text : users) body.append(body.ends_with('[') ? "" : ",").append(text);
  return body + "]}";
}

/// The object with the digest of what it may be written over.
std::string with_replaces(std::string_view text, const Digest& digest) {
  return std::string(text.substr(0, text.size() - 1)) + R"(,"replaces":")" + to_string(digest) + "\"}";
}

}  // namespace

Importer::Importer(const BaseUrl& server, std::size_t requests, MovedState& state, Complain complain)
    : server_(server), state_(state), complain_(std::move(complain)), most_waiting_(2 * requests) {
  for (std::size_t i = 0; i < requests; ++i) threads_.emplace_back([this] { work(); });
}

Importer::~Importer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  state_.flush();
}

bool Importer::add(Moved moved) {
  std::unique_lock lock(mutex_);
  const std::string name = moved.name();
  // An earlier state of it has to be there before this one.
  if (under_way_.contains(name)) push();
  changed_.wait(lock,
                [&] { return !failure_.empty() || (waiting_.size() < most_waiting_ && !under_way_.contains(name)); });
  if (!failure_.empty()) return false;
  const auto known = state_.find(name);
  if (known && *known == moved.digest && moved.digest != Digest{}) {
    ++counts_.equal;
    return true;
  }
  constexpr std::size_t replaces_bytes = 50;
  const std::size_t bytes = moved.text.size() + replaces_bytes;
  if (!next_.empty() && (next_bytes_ + bytes > most_batch_bytes || next_.size() == most_in_batch)) push();
  next_bytes_ += bytes;
  under_way_.insert(name);
  next_.push_back({name, moved.digest, moved.is_user, std::move(moved.text), state_.candidates(name)});
  return true;
}

bool Importer::finish() {
  std::unique_lock lock(mutex_);
  push();
  changed_.wait(lock, [this] { return !failure_.empty() || under_way_.empty(); });
  if (failure_.empty() && !state_.flush()) failure_ = "the state cannot be written";
  return failure_.empty();
}

bool Importer::knows(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return under_way_.contains(name) || state_.find(name);
}

ImportCounts Importer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string Importer::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Importer::push() {
  if (next_.empty()) return;
  waiting_.push_back(std::exchange(next_, {}));
  next_bytes_ = 0;
  changed_.notify_all();
}

void Importer::work() {
  HttpConnection connection(server_);
  for (;;) {
    Batch batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !failure_.empty() || !waiting_.empty(); });
      if (stopping_ || !failure_.empty()) return;
      batch = std::move(waiting_.front());
      waiting_.pop_front();
    }
    changed_.notify_all();
    if (!send(connection, std::move(batch))) return;
    changed_.notify_all();
  }
}

void Importer::fail(std::string why) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = std::move(why);
  }
  changed_.notify_all();
}

// Sends what is not settled again and again. A request can be sent twice: the second time it is there already.
bool Importer::send(HttpConnection& connection, Batch batch) {
  if (!note_sending(batch)) {
    fail("the state cannot be written");
    return false;
  }
  auto pause = patience::first_pause;
  std::string last;
  for (int attempt = 0; !batch.empty(); ++attempt) {
    if (attempt == patience::most_attempts) {
      fail(last);
      return false;
    }
    if (attempt > 0) {
      std::unique_lock lock(mutex_);
      if (changed_.wait_for(lock, pause, [this] { return stopping_ || !failure_.empty(); })) return false;
      pause = std::min<std::chrono::milliseconds>(2 * pause, patience::longest_pause);
    }
    std::vector<std::string> carts;
    std::vector<std::string> users;
    for (const Entry& entry : batch) (entry.is_user ? users : carts).push_back(text_of(entry));
    const Exchanged answer = connection.exchange({"POST", "/v1/import", body_of(carts, users)}, patience::timeout);
    if (!answer) {
      last = "cannot reach cartd at " + server_.shown + ": " + answer.error().why;
      continue;
    }
    if (answer->status == 413 && batch.size() > 1) {
      const auto half = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
      Batch second(std::make_move_iterator(half), std::make_move_iterator(batch.end()));
      batch.erase(half, batch.end());
      if (!send(connection, std::move(second))) return false;
      attempt = -1;
      continue;
    }
    if (answer->status == 413) {
      refuse(batch.front(), "it is larger than what the server takes as a body (cartd --max-body)");
      return true;
    }
    const bool may_work_later = answer->status == 503 || answer->status == 504 || answer->status == 408;
    if (answer->status != 200 && may_work_later) {
      last = show_problem(answer->status, answer->body);
      continue;
    }
    const auto answers = answer->status == 200 ? read_import(answer->body) : std::nullopt;
    if (!answers || answers->carts.size() != carts.size() || answers->users.size() != users.size()) {
      fail(answer->status == 200 ? "the server is not cartd: it answers something else than was asked"
                                 : show_problem(answer->status, answer->body));
      return false;
    }
    Batch again;
    std::size_t cart = 0;
    std::size_t user = 0;
    for (Entry& entry : batch) {
      const ImportAnswer& one = entry.is_user ? answers->users[user++] : answers->carts[cart++];
      if (one.result == "failed") {
        last = shown(entry.name) + ": " + util::terminal_safe(one.reason);
        again.push_back(std::move(entry));
      } else if (one.result == "conflict" && entry.tried + 1 < entry.candidates.size()) {
        ++entry.tried;
        again.push_back(std::move(entry));
      } else {
        settle(entry, one);
      }
    }
    if (again.size() < batch.size()) attempt = 0;
    batch = std::move(again);
  }
  return true;
}

/// On disk before it is sent: whoever goes on after a kill may find it in the target.
bool Importer::note_sending(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  bool is_noted = true;
  for (const Entry& entry : batch) is_noted = is_noted && state_.note_sending(entry.name, entry.digest);
  return is_noted && state_.flush();
}

std::string Importer::text_of(const Entry& entry) {
  return entry.candidates.empty() ? entry.text : with_replaces(entry.text, entry.candidates[entry.tried]);
}

void Importer::settle(const Entry& entry, const ImportAnswer& answer) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(entry.name);
  if (answer.result == "imported" || answer.result == "equal") {
    ++(answer.result == "imported" ? counts_.imported : counts_.equal);
    if (!state_.note(entry.name, answer.digest) && failure_.empty()) failure_ = "the state cannot be written";
  } else if (answer.result == "expired") {
    ++counts_.expired;
  } else if (answer.result == "conflict") {
    ++counts_.conflict;
    complain_(entry.name, "conflict: another state of it is there, and stays");
  } else {
    ++counts_.refused;
    complain_(entry.name, "refused: " + util::terminal_safe(answer.reason));
  }
}

void Importer::refuse(const Entry& entry, const std::string& why) {
  const std::lock_guard lock(mutex_);
  under_way_.erase(entry.name);
  ++counts_.refused;
  complain_(entry.name, "refused: " + why);
}

}  // namespace cartd::cartctl
