// `cartctl migrate`: from one running cartd to another one, while both are in use.
//
// A pass goes through all that the source has, and sends what is another state than the one that was left in the
// target: there it takes the place of just that state. So a cart that was changed in the target stays as it is. After a
// pass that sent nothing, the source has not changed since the pass before it came by.
#include "apps/cartctl/base_url.h"
#include "apps/cartctl/exporter.h"
#include "apps/cartctl/importer.h"
#include "apps/cartctl/moved_state.h"
#include "apps/cartctl/moving.h"
#include "apps/cartctl/progress.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

std::int64_t now_in_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class Migration {
 public:
  Migration(const Options& options, const Terminal& terminal, BaseUrl from, BaseUrl to)
      : options_(options),
        terminal_(terminal),
        progress_(terminal.err, terminal.err_is_terminal),
        from_(std::move(from)),
        to_(std::move(to)) {}

  int run() {
    if (!options_.state.empty()) {
      auto opened = MovedState::open(options_.state);
      if (!opened) return fail(options_.state + ": " + opened.error());
      state_ = std::move(*opened);
    }
    for (std::uint64_t pass = 1;; ++pass) {
      const bool is_stopped = terminal_.is_stopped;
      const auto sent = run_pass(pass);
      if (!sent) return 1;
      // Whoever follows wants one more pass over what was written until then.
      if (options_.follow ? is_stopped : *sent == 0 || pass == options_.passes) break;
      if (options_.follow && *sent == 0) wait_a_little();
    }
    return verify();
  }

 private:
  struct Source {
    Digest digest;
    std::optional<std::int64_t> expires_at;
  };

  int fail(const std::string& line) {
    const std::lock_guard lock(mutex_);
    progress_.clear();
    terminal_.err << "cartctl: " << line << "\n";
    return 1;
  }

  void show(const std::string& what, std::int64_t count) {
    const std::lock_guard lock(mutex_);
    progress_.show(what, count);
  }

  void wait_a_little() const {
    constexpr std::chrono::seconds between_passes(1);
    const auto end = std::chrono::steady_clock::now() + between_passes;
    while (!terminal_.is_stopped && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  /// How many carts and users were written to the target; nothing, after a complaint: it could not go on.
  std::optional<std::int64_t> run_pass(std::uint64_t number) {
    source_.clear();
    unreadable_ = 0;
    const auto note = [this](const std::string& name, const std::string& why) {
      fail(shown(name) + ": " + why);
      const std::lock_guard lock(mutex_);
      refused_[name] = why;
    };
    Importer importer(to_, options_.requests, state_, note);
    const std::string what = "pass " + std::to_string(number);
    const std::string fault = export_pages(from_, "", [&](MovedPage page) {
      for (const std::string& one : page.unreadable) fail(one);
      unreadable_ += static_cast<std::int64_t>(page.unreadable.size());
      for (Moved& moved : page.moved)
        if (!take(importer, std::move(moved))) return false;
      show(what, static_cast<std::int64_t>(source_.size()));
      return true;
    });
    if (!fault.empty()) {
      fail("--from: " + fault);
      return std::nullopt;
    }
    if (!importer.finish()) {
      fail("--to: " + importer.failure());
      return std::nullopt;
    }
    const ImportCounts counts = importer.counts();
    {
      const std::lock_guard lock(mutex_);
      progress_.clear();
      if (!options_.json)
        terminal_.out << what << ": " << source_.size() << " seen, " << counts.imported << " written" << std::endl;
    }
    return counts.imported;
  }

  /// False: it is over.
  bool take(Importer& importer, Moved moved) {
    const std::string name = moved.name();
    if (!moved.is_gone) {
      source_.insert_or_assign(name, Source{moved.digest, moved.expires_at});
    } else {
      source_.erase(name);
      // What is gone here has to go there, if it went there.
      if (!importer.knows(name)) return true;
    }
    // What was in conflict stays so, until it changes.
    const auto tried = tried_.find(name);
    if (tried != tried_.end() && tried->second == moved.digest && is_refused(name)) return true;
    tried_.insert_or_assign(name, moved.digest);
    forgive(name);
    return importer.add(std::move(moved));
  }

  bool is_refused(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return refused_.contains(name);
  }
  void forgive(const std::string& name) {
    const std::lock_guard lock(mutex_);
    refused_.erase(name);
  }

  int verify() {
    Tally target;
    std::int64_t unreadable_there = 0;
    const std::string fault = export_pages(to_, "", [&](MovedPage page) {
      for (const Moved& moved : page.moved)
        if (!moved.is_gone) target.see(moved.name(), moved.digest);
      unreadable_there += static_cast<std::int64_t>(page.unreadable.size());
      show("verify", target.carts() + target.users());
      return true;
    });
    if (!fault.empty()) return fail("--to: " + fault);
    // Carts expire while they are counted.
    const std::int64_t now = now_in_ms();
    std::erase_if(source_, [&](const auto& one) { return one.second.expires_at && *one.second.expires_at <= now; });
    Tally source;
    Tally same_names;
    std::vector<std::string> different;
    for (const auto& [name, state] : source_) {
      source.see(name, state.digest);
      const auto there = target.seen().find(name);
      if (there != target.seen().end()) same_names.see(name, there->second);
      if (there == target.seen().end() || there->second != state.digest) different.push_back(name);
    }
    std::sort(different.begin(), different.end());
    const auto only_there = static_cast<std::int64_t>(target.seen().size() - same_names.seen().size());
    report(source, same_names, different, only_there, unreadable_there);
    const bool is_same = different.empty() && source.checksum() == same_names.checksum();
    return is_same && unreadable_ == 0 && unreadable_there == 0 && refused_.empty() ? 0 : 1;
  }

  void report(const Tally& source, const Tally& target, const std::vector<std::string>& different,
              std::int64_t only_there, std::int64_t unreadable_there) {
    const auto of = [](const Tally& tally, std::int64_t unreadable) {
      return json::object{{"carts", tally.carts()},
                          {"users", tally.users()},
                          {"checksum", tally.checksum()},
                          {"unreadable", unreadable}};
    };
    progress_.clear();
    if (options_.json) {
      json::array names(different.begin(), different.end());
      json::object all{{"from", of(source, unreadable_)},
                       {"to", of(target, unreadable_there)},
                       {"different", std::move(names)},
                       {"only_in_target", only_there}};
      terminal_.out << json::serialize(all) << "\n";
      return;
    }
    for (const std::string& name : different)
      terminal_.err << "cartctl: " << shown(name) << " is different in the target"
                    << (refused_.contains(name) ? ": " + refused_.at(name) : std::string()) << "\n";
    for (const auto& [which, tally] : {std::pair("from", &source), std::pair("to", &target)})
      terminal_.out << which << ": " << tally->carts() << " carts, " << tally->users() << " users, checksum "
                    << tally->checksum() << "\n";
    terminal_.out << (different.empty() ? "both are the same" : "both are not the same") << "; different "
                  << different.size() << ", only in the target " << only_there << ", unreadable " << unreadable_
                  << "\n";
  }

  const Options& options_;
  const Terminal& terminal_;
  std::mutex mutex_;
  Progress progress_;
  const BaseUrl from_;
  const BaseUrl to_;
  MovedState state_{};
  std::unordered_map<std::string, Source> source_{};  ///< As the last pass saw it.
  std::unordered_map<std::string, Digest> tried_{};
  std::map<std::string, std::string> refused_{};  ///< In conflict or refused, and why.
  std::int64_t unreadable_ = 0;                   ///< In the last pass.
};

}  // namespace

int run_migrate(const Options& options, const Terminal& terminal) {
  auto from = parse_base_url(options.from);
  auto to = parse_base_url(options.to);
  if (!from || !to) {
    terminal.err << "cartctl: " << (from ? "--to: " + to.error() : "--from: " + from.error()) << "\n";
    return 2;
  }
  return Migration(options, terminal, std::move(*from), std::move(*to)).run();
}

}  // namespace cartd::cartctl
