#include "runtime/metric_cells.h"

#include <bit>
#include <cstdint>
#include <limits>
#include <stdexcept>

namespace cartd {
namespace {

constexpr std::size_t bits = std::numeric_limits<std::uint64_t>::digits;
constexpr std::size_t shared_column = MetricCells::own_columns;
constexpr std::size_t unknown_column = shared_column + 1;

/// A bit for each column that a thread has. Never destroyed, because threads may end later than static objects.
constinit std::array<std::atomic<std::uint64_t>, MetricCells::own_columns / bits> taken{};

std::size_t take_column() {
  for (std::size_t word = 0; word < taken.size(); ++word) {
    std::uint64_t seen = taken[word].load(std::memory_order_relaxed);
    while (~seen != 0) {
      const auto bit = static_cast<std::size_t>(std::countr_one(seen));
      // Acquires what the column's last thread wrote, so that adding can go on from there.
      const std::uint64_t with_it = seen | std::uint64_t{1} << bit;
      if (taken[word].compare_exchange_weak(seen, with_it, std::memory_order_acquire, std::memory_order_relaxed))
        return word * bits + bit;
    }
  }
  return shared_column;
}

void give_back(std::size_t column) {
  if (column == shared_column) return;
  const std::uint64_t without_it = ~(std::uint64_t{1} << column % bits);
  taken[column / bits].fetch_and(without_it, std::memory_order_release);
}

thread_local constinit std::size_t column_of_thread = unknown_column;

struct ColumnHold {
  ColumnHold() { column_of_thread = take_column(); }
  ~ColumnHold() {
    give_back(column_of_thread);
    // For thread-local objects that are destroyed after this one and count.
    column_of_thread = shared_column;
  }
  ColumnHold(const ColumnHold&) = delete;
  ColumnHold& operator=(const ColumnHold&) = delete;
};

std::size_t own_column() {
  if (column_of_thread == unknown_column) thread_local const ColumnHold hold;
  return column_of_thread;
}

}  // namespace

MetricCells::~MetricCells() {
  for (const std::atomic<Column*>& slot : columns_) {
    Column* const column = slot.load(std::memory_order_relaxed);
    if (column == nullptr) continue;
    for (const std::atomic<Chunk*>& chunk : *column) delete chunk.load(std::memory_order_relaxed);
    delete column;
  }
}

std::size_t MetricCells::allocate(std::size_t count) {
  const std::lock_guard lock(mutex_);
  const std::size_t left_in_chunk = chunk_cells - next_ % chunk_cells;
  const std::size_t first = count <= left_in_chunk ? next_ : next_ + left_in_chunk;
  if (count > chunk_cells || first + count > max_cells) throw std::length_error("there are too many metrics");
  next_ = first + count;
  return first;
}

void MetricCells::add(std::size_t cell, double amount) {
  const std::size_t column = own_column();
  Cell& own = chunk(column, cell / chunk_cells).cells[cell % chunk_cells];
  if (column == shared_column) {
    own.fetch_add(amount, std::memory_order_relaxed);
  } else {
    own.store(own.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
}

double MetricCells::sum(std::size_t cell) const {
  double sum = 0;
  for (const std::atomic<Column*>& slot : columns_) {
    const Column* const column = slot.load(std::memory_order_acquire);
    if (column == nullptr) continue;
    const Chunk* const chunk = (*column)[cell / chunk_cells].load(std::memory_order_acquire);
    if (chunk != nullptr) sum += chunk->cells[cell % chunk_cells].load(std::memory_order_relaxed);
  }
  return sum;
}

MetricCells::Chunk& MetricCells::chunk(std::size_t column, std::size_t index) {
  if (Column* const known = columns_[column].load(std::memory_order_acquire))
    if (Chunk* const made = (*known)[index].load(std::memory_order_acquire)) return *made;
  const std::lock_guard lock(mutex_);
  std::atomic<Column*>& own = columns_[column];
  if (own.load(std::memory_order_relaxed) == nullptr) own.store(new Column{}, std::memory_order_release);
  std::atomic<Chunk*>& slot = (*own.load(std::memory_order_relaxed))[index];
  if (slot.load(std::memory_order_relaxed) == nullptr) slot.store(new Chunk{}, std::memory_order_release);
  return *slot.load(std::memory_order_relaxed);
}

}  // namespace cartd
