#include "apps/cartctl/moved_state.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace cartd::cartctl {
namespace {

constexpr std::size_t digest_digits = 32;
constexpr char sending_mark = '?';

std::string failure_text() { return std::generic_category().message(errno); }

}  // namespace

boost::system::result<MovedState, std::string> MovedState::open(const std::string& path) {
  using Opened = boost::system::result<MovedState, std::string>;
  const auto fault = [](std::string why) { return Opened(boost::system::in_place_error, std::move(why)); };
  MovedState state;
  std::uintmax_t whole = 0;
  if (std::filesystem::exists(path)) {
    std::ifstream in(path, std::ios::binary);
    std::string line;
    for (std::size_t number = 1; std::getline(in, line) && !in.eof(); ++number) {
      const bool is_sending = line.starts_with(sending_mark);
      const std::string_view text = std::string_view(line).substr(is_sending ? 1 : 0);
      const auto digest = digest_from(text.substr(0, digest_digits));
      const bool is_named = text.size() > digest_digits + 2 && text[digest_digits] == ' ' &&
                            (text[digest_digits + 1] == 'c' || text[digest_digits + 1] == 'u');
      if (!digest || !is_named) return fault("line " + std::to_string(number) + " is none that cartctl wrote");
      const std::string name(text.substr(digest_digits + 1));
      if (is_sending) {
        state.sending_[name].push_back(*digest);
      } else {
        state.digests_.insert_or_assign(name, *digest);
        state.sending_.erase(name);
      }
      whole += line.size() + 1;
    }
    if (in.bad()) return fault("cannot be read");
    // A line that was cut short would become the beginning of the next one.
    std::error_code failed;
    std::filesystem::resize_file(path, whole, failed);
    if (failed) return fault("cannot be written: " + failed.message());
  }
  state.file_.reset(std::fopen(path.c_str(), "ab"));
  if (!state.file_) return fault("cannot be written: " + failure_text());
  return state;
}

bool MovedState::note(const std::string& name, const Digest& digest) {
  digests_.insert_or_assign(name, digest);
  sending_.erase(name);
  return write(to_string(digest) + ' ' + name + '\n');
}

bool MovedState::note_sending(const std::string& name, const Digest& digest) {
  std::vector<Digest>& all = sending_[name];
  if (std::find(all.begin(), all.end(), digest) != all.end()) return true;
  all.push_back(digest);
  return write(sending_mark + to_string(digest) + ' ' + name + '\n');
}

bool MovedState::write(const std::string& line) {
  return !file_ || std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size();
}

std::vector<Digest> MovedState::candidates(const std::string& name) const {
  std::vector<Digest> all;
  if (const auto known = find(name)) all.push_back(*known);
  const auto sending = sending_.find(name);
  if (sending != sending_.end()) all.insert(all.end(), sending->second.rbegin(), sending->second.rend());
  return all;
}

std::optional<Digest> MovedState::find(const std::string& name) const {
  const auto found = digests_.find(name);
  return found == digests_.end() ? std::nullopt : std::optional(found->second);
}

bool MovedState::flush() { return !file_ || std::fflush(file_.get()) == 0; }

void Tally::see(const std::string& name, const Digest& digest) {
  const auto [place, is_new] = seen_.emplace(name, digest);
  if (is_new) {
    ++(name.starts_with('u') ? users_ : carts_);
  } else {
    checksum_.subtract(place->second);
    place->second = digest;
  }
  checksum_.add(digest);
}

void Tally::forget(const std::string& name) {
  const auto found = seen_.find(name);
  if (found == seen_.end()) return;
  --(name.starts_with('u') ? users_ : carts_);
  checksum_.subtract(found->second);
  seen_.erase(found);
}

}  // namespace cartd::cartctl
