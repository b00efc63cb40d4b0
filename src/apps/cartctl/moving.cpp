#include "apps/cartctl/moving.h"

#include "apps/cartctl/base_url.h"
#include "apps/cartctl/export_file.h"
#include "apps/cartctl/exporter.h"
#include "apps/cartctl/importer.h"
#include "apps/cartctl/moved_state.h"
#include "apps/cartctl/progress.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <system_error>
#include <utility>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

constexpr int exit_done = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int complain(std::ostream& err, const std::string& line, int code = exit_failed) {
  err << "cartctl: " << line << "\n";
  return code;
}

/// Lines on stderr from several threads, between which the progress stands.
class Lines {
 public:
  explicit Lines(const Terminal& terminal) : err_(terminal.err), progress_(terminal.err, terminal.err_is_terminal) {}

  void say(const std::string& line) {
    const std::lock_guard lock(mutex_);
    progress_.clear();
    complain(err_, line);
  }
  void show(const std::string& what, std::int64_t count, std::optional<double> part = std::nullopt) {
    const std::lock_guard lock(mutex_);
    progress_.show(what, count, part);
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    progress_.clear();
  }

 private:
  std::mutex mutex_;
  std::ostream& err_;
  Progress progress_;
};

json::object tally_json(const Tally& tally) {
  return {{"carts", tally.carts()}, {"users", tally.users()}, {"checksum", tally.checksum()}};
}

std::string tally_text(const Tally& tally) {
  return std::to_string(tally.carts()) + " carts, " + std::to_string(tally.users()) + " users, checksum " +
         tally.checksum();
}

json::object counts_json(const ImportCounts& counts) {
  return {{"imported", counts.imported},
          {"equal", counts.equal},
          {"conflict", counts.conflict},
          {"expired", counts.expired},
          {"refused", counts.refused}};
}

std::string counts_text(const ImportCounts& counts) {
  return "imported " + std::to_string(counts.imported) + ", equal " + std::to_string(counts.equal) + ", conflict " +
         std::to_string(counts.conflict) + ", expired " + std::to_string(counts.expired) + ", refused " +
         std::to_string(counts.refused);
}

// --- export ----------------------------------------------------------------------------------------------------------

/// What an export that was cut off has left: it goes on behind its last cursor.
struct Begun {
  FileSummary summary{};
  std::string fault{};
};

Begun look_at(const std::string& path) {
  Begun begun;
  std::ifstream in(path, std::ios::binary);
  if (!in) return {{}, "cannot be read"};
  // Only what stands before the last cursor counts.
  FileSummary all;
  begun.fault = read_export(in, false, all, [](Moved, std::uint64_t) { return true; });
  if (!begun.fault.empty() || all.has_end) return {std::move(all), std::move(begun.fault)};
  std::ifstream again(path, std::ios::binary);
  const std::uint64_t most = all.bytes_to_cursor;
  Tally counted;
  FileSummary unused;
  (void)read_export(again, false, unused, [&](Moved moved, std::uint64_t bytes) {
    if (bytes > most) return false;
    counted.see(moved.name(), moved.digest);
    return true;
  });
  all.tally = std::move(counted);
  begun.summary = std::move(all);
  return begun;
}

class Export {
 public:
  Export(const Options& options, const Terminal& terminal, BaseUrl server)
      : options_(options), terminal_(terminal), lines_(terminal), server_(std::move(server)) {}

  int run() {
    const bool to_stdout = options_.file == "-";
    std::ofstream file;
    if (!to_stdout && !open(file)) return exit_failed;
    if (is_whole_) return complain(terminal_.err, "the export in " + options_.file + " is whole already", exit_done);
    std::ostream& out = to_stdout ? terminal_.out : file;
    if (cursor_.empty()) out << header_line();
    const std::string fault =
        export_pages(server_, cursor_, [&](MovedPage page) { return take(out, std::move(page)); });
    lines_.clear();
    if (!fault.empty()) return complain(terminal_.err, fault);
    out << end_line(tally_.carts(), tally_.users(), unreadable_, tally_.checksum()) << std::flush;
    if (!out) return complain(terminal_.err, "the export cannot be written");
    // The export itself may go to the standard output.
    std::ostream& report = to_stdout ? terminal_.err : terminal_.out;
    if (options_.json) {
      json::object all = tally_json(tally_);
      all["unreadable"] = unreadable_;
      report << json::serialize(all) << "\n";
    } else {
      report << "exported " << tally_text(tally_) << "; unreadable " << unreadable_ << "\n";
    }
    return unreadable_ == 0 ? exit_done : exit_failed;
  }

 private:
  /// False, after a complaint: it cannot be written.
  bool open(std::ofstream& file) {
    const std::string& path = options_.file;
    const bool is_there = std::filesystem::exists(path);
    if (is_there && !options_.resume) {
      complain(terminal_.err, path + " is there already; --resume goes on with an export that was cut off");
      return false;
    }
    if (is_there) {
      Begun begun = look_at(path);
      if (!begun.fault.empty()) {
        complain(terminal_.err, path + ": " + begun.fault);
        return false;
      }
      is_whole_ = begun.summary.has_end;
      if (is_whole_) return true;
      tally_ = std::move(begun.summary.tally);
      cursor_ = begun.summary.last_cursor;
      std::error_code error;
      std::filesystem::resize_file(path, cursor_.empty() ? 0 : begun.summary.bytes_to_cursor, error);
    }
    file.open(path, std::ios::binary | std::ios::app);
    if (file) return true;
    complain(terminal_.err, path + " cannot be written: " + std::generic_category().message(errno));
    return false;
  }

  bool take(std::ostream& out, MovedPage page) {
    for (const Moved& moved : page.moved) {
      if (moved.is_gone) continue;
      tally_.see(moved.name(), moved.digest);
      out << moved_line(moved);
    }
    for (const std::string& one : page.unreadable) lines_.say(one);
    unreadable_ += static_cast<std::int64_t>(page.unreadable.size());
    if (!page.next_cursor.empty()) out << cursor_line(page.next_cursor);
    if (out.flush()) lines_.show("export", tally_.carts() + tally_.users());
    return out.good();
  }

  const Options& options_;
  const Terminal& terminal_;
  Lines lines_;
  const BaseUrl server_;
  std::string cursor_{};
  bool is_whole_ = false;
  Tally tally_{};
  std::int64_t unreadable_ = 0;
};

// --- import ----------------------------------------------------------------------------------------------------------

class Import {
 public:
  Import(const Options& options, const Terminal& terminal, BaseUrl server)
      : options_(options), terminal_(terminal), lines_(terminal), server_(std::move(server)) {}

  int run() {
    const bool from_stdin = options_.file == "-";
    // Nothing is half done because of what stands at the end of a file.
    if (!from_stdin && !check()) return exit_failed;
    MovedState state;
    if (!options_.state.empty()) {
      auto opened = MovedState::open(options_.state);
      if (!opened) return complain(terminal_.err, options_.state + ": " + opened.error());
      state = std::move(*opened);
    }
    std::ifstream file;
    if (!from_stdin) file.open(options_.file, std::ios::binary);
    std::istream& in = from_stdin ? terminal_.in : file;
    const auto say = [this](const std::string& name, const std::string& why) { lines_.say(shown(name) + ": " + why); };
    Importer importer(server_, options_.requests, state, say);
    FileSummary summary;
    std::string fault = read_export(in, true, summary, [&](Moved moved, std::uint64_t bytes) {
      const std::int64_t count = importer.counts().all();
      lines_.show("import", count, bytes_ > 0 ? std::optional(part(bytes)) : std::nullopt);
      return importer.add(std::move(moved));
    });
    // What was read is done, or surely not: each cart goes as a whole.
    const bool is_done = importer.finish();
    lines_.clear();
    if (!is_done) return complain(terminal_.err, importer.failure());
    report(summary, importer.counts());
    if (!fault.empty()) return complain(terminal_.err, options_.file + ": " + fault);
    return importer.counts().conflict + importer.counts().refused + summary.unreadable == 0 ? exit_done : exit_failed;
  }

 private:
  double part(std::uint64_t bytes) const { return static_cast<double>(bytes) / static_cast<double>(bytes_); }

  bool check() {
    std::ifstream in(options_.file, std::ios::binary);
    if (!in) {
      complain(terminal_.err, options_.file + " cannot be read: " + std::generic_category().message(errno));
      return false;
    }
    std::error_code error;
    bytes_ = std::filesystem::file_size(options_.file, error);
    if (error) bytes_ = 0;
    FileSummary summary;
    std::int64_t count = 0;
    const std::string fault = read_export(in, true, summary, [&](const Moved&, std::uint64_t bytes) {
      lines_.show("check", ++count, bytes_ > 0 ? std::optional(part(bytes)) : std::nullopt);
      return true;
    });
    lines_.clear();
    if (fault.empty()) return true;
    complain(terminal_.err, options_.file + ": " + fault + "; nothing was imported");
    return false;
  }

  void report(const FileSummary& summary, const ImportCounts& counts) {
    if (options_.json) {
      json::object all = counts_json(counts);
      all["file"] = tally_json(summary.tally);
      terminal_.out << json::serialize(all) << "\n";
      return;
    }
    terminal_.out << "read " << tally_text(summary.tally) << "\n" << counts_text(counts) << "\n";
  }

  const Options& options_;
  const Terminal& terminal_;
  Lines lines_;
  const BaseUrl server_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

int run_export(const Options& options, const Terminal& terminal) {
  auto server = parse_base_url(options.url);
  if (!server) return complain(terminal.err, "--url: " + server.error(), exit_usage);
  return Export(options, terminal, std::move(*server)).run();
}

int run_import(const Options& options, const Terminal& terminal) {
  auto server = parse_base_url(options.url);
  if (!server) return complain(terminal.err, "--url: " + server.error(), exit_usage);
  return Import(options, terminal, std::move(*server)).run();
}

}  // namespace cartd::cartctl
