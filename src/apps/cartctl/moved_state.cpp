#include "apps/cartctl/moved_state.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace cartd::cartctl {
namespace {

constexpr std::size_t digest_digits = 32;

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
      const std::string_view text = line;
      const auto digest = digest_from(text.substr(0, digest_digits));
      const bool is_named = text.size() > digest_digits + 2 && text[digest_digits] == ' ' &&
                            (text[digest_digits + 1] == 'c' || text[digest_digits + 1] == 'u');
      if (!digest || !is_named) return fault("line " + std::to_string(number) + " is none that cartctl wrote");
      state.digests_.insert_or_assign(std::string(text.substr(digest_digits + 1)), *digest);
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
  if (!file_) return true;
  const std::string line = to_string(digest) + ' ' + name + '\n';
  return std::fwrite(line.data(), 1, line.size(), file_.get()) == line.size();
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
