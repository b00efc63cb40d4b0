// journal_appender <folder> <producer>: fills the folder's journal until it is killed, and says line by line on
// standard output what the journal has answered:
//   append <sequence>    the record is durable
//   accept <sequence>    its acceptance is
//   releasing <sequence>, then release <sequence>    it is to leave; it has left
// Some records are kept as they are, some are accepted, some released. Exits with 1 and says why when it cannot go on.
#include "journal/journal.h"

#include <unistd.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

using namespace cartd;

/// In one piece, so that a kill leaves no half of it.
void say(const char* what, std::uint64_t sequence) {
  const std::string line = what + std::string(" ") + std::to_string(sequence) + "\n";
  if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(1);
}

void check(const Result<void>& result) {
  if (result) return;
  std::cerr << result.error().detail << std::endl;
  std::_Exit(1);
}

boost::asio::awaitable<void> fill(Journal& journal, ProducerId producer, std::uint64_t& next_seq) {
  for (;;) {
    const std::uint64_t sequence = ++next_seq;
    Batch batch{{Add{*Sku::parse("SKU-" + std::to_string(sequence)), 1}}};
    JournalRecord record{{producer, sequence}, *CartId::parse("cart"), Change{std::move(batch)}, false};
    check(co_await journal.append(std::move(record)));
    say("append", sequence);
    if (sequence % 3 == 0) {
      check(co_await journal.accept({producer, sequence}));
      say("accept", sequence);
    } else if (sequence % 3 == 1) {
      say("releasing", sequence);
      check(co_await journal.release_now({producer, sequence}));
      say("release", sequence);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  boost::asio::io_context io(1);
  auto opened = Journal::open({arguments[1], std::uint64_t{1} << 40});
  if (!opened) {
    std::cerr << opened.error() << std::endl;
    return 1;
  }
  const ProducerId producer = std::strtoull(arguments[2], nullptr, 10);
  std::uint64_t next_seq = 0;
  for (int caller = 0; caller < 16; ++caller)
    boost::asio::co_spawn(io, fill(**opened, producer, next_seq), boost::asio::detached);
  io.run();
  return 0;
}
