// Numbers that many threads add to and one thread reads now and then. Each thread has cells of its own: adding takes no
// lock and no atomic read-modify-write, and touches no cache line that others write. Reading sums over the threads.
//
// Threads: everything here is thread-safe; add() is meant for every request, the rest is slower.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>

namespace cartd {

class MetricCells {
 public:
  /// So many threads at a time have cells of their own; those beyond share some, and pay for it with atomic additions.
  /// A thread that ends leaves its cells, and what they hold, to the next one.
  static constexpr std::size_t own_columns = 256;
  /// Cells of one object.
  static constexpr std::size_t max_cells = 32'768;
  /// Cells that one call may ask for.
  static constexpr std::size_t chunk_cells = 512;

  MetricCells() = default;
  ~MetricCells();
  MetricCells(const MetricCells&) = delete;
  MetricCells& operator=(const MetricCells&) = delete;

  /// The first of `count` new cells, one after another, all zero. Throws std::length_error when there are no more.
  std::size_t allocate(std::size_t count);

  /// Exact as long as sums of `cell` have less than 53 significant bits.
  void add(std::size_t cell, double amount);

  /// The sum of `cell` over all threads. Sees everything that happened before the call. When nobody adds negative
  /// amounts, it never goes down.
  double sum(std::size_t cell) const;

 private:
  static constexpr std::size_t cache_line = 64;
  using Cell = std::atomic<double>;
  struct alignas(cache_line) Chunk {
    std::array<Cell, chunk_cells> cells{};
  };
  using Column = std::array<std::atomic<Chunk*>, max_cells / chunk_cells>;

  Chunk& chunk(std::size_t column, std::size_t index);

  std::mutex mutex_{};                                           ///< Of next_ and of making columns and chunks.
  std::size_t next_ = 0;                                         ///< The first cell that is not allocated.
  std::array<std::atomic<Column*>, own_columns + 1> columns_{};  ///< By thread, and last what the others share.
};

}  // namespace cartd
