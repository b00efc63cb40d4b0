#include "apps/cartd/values.h"

#include "util/decimal.h"
#include "util/hex.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cartd::app {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> time_units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 6> size_units{
    {{"TiB", 1ULL << 40}, {"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}, {"", 1}}};

// Digits at the front of `text`, which is cut by them. None when there are none or too many for 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Saturates: what is too large for 64 bits is too large for every range as well.
std::uint64_t multiplied(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return a > most / b ? most : a * b;
}

std::string with_unit(std::uint64_t value, std::span<const Unit> units) {
  if (value == 0) return "0" + std::string(units.back().name);
  for (const Unit& unit : units)
    if (value % unit.factor == 0) return std::to_string(value / unit.factor) + std::string(unit.name);
  return std::to_string(value);
}

std::string out_of_range(std::string_view text, const std::string& least, const std::string& most) {
  return shown(text) + " is out of range: allowed is " + least + " to " + most;
}

const Unit* find_unit(std::string_view name, std::span<const Unit> units) {
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return found == units.end() ? nullptr : &*found;
}

bool is_address(const std::string& text, bool ipv6) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text, error);
  return !error && address.is_v6() == ipv6;
}

}  // namespace

Parsed<milliseconds> parse_duration(std::string_view text, milliseconds least, milliseconds most) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (util::all_digits(text) && number)
    return shown(text) + " has no unit: write ms, s, m, h or d after the number (allowed is " + to_text(least) +
           " to " + to_text(most) + ")";
  const Unit* unit = find_unit(rest, time_units);
  if (util::all_digits(text)) return out_of_range(text, to_text(least), to_text(most));
  if (!number || !unit)
    return shown(text) + " is not a duration: write a whole number and ms, s, m, h or d, from " + to_text(least) +
           " to " + to_text(most);
  const std::uint64_t value = multiplied(*number, unit->factor);
  if (value < static_cast<std::uint64_t>(least.count()) || value > static_cast<std::uint64_t>(most.count()))
    return out_of_range(text, to_text(least), to_text(most));
  return milliseconds(static_cast<std::int64_t>(value));
}

std::string to_text(milliseconds duration) {
  return with_unit(static_cast<std::uint64_t>(duration.count()), time_units);
}

Parsed<std::uint64_t> parse_size(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  const Unit* unit = find_unit(rest, size_units);
  if (util::all_digits(text) && !number) return out_of_range(text, size_text(least), size_text(most));
  if (!number || !unit)
    return shown(text) + " is not a size: write a whole number of bytes, or one with KiB, MiB, GiB or TiB, from " +
           size_text(least) + " to " + size_text(most);
  const std::uint64_t value = multiplied(*number, unit->factor);
  if (value < least || value > most) return out_of_range(text, size_text(least), size_text(most));
  return value;
}

std::string size_text(std::uint64_t bytes) { return with_unit(bytes, std::span(size_units).first(5)); }

Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::string_view rest = text;
  const auto number = take_number(rest);
  if (!util::all_digits(text))
    return shown(text) + " is not a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (!number || *number < least || *number > most)
    return out_of_range(text, std::to_string(least), std::to_string(most));
  return *number;
}

Parsed<ListenAddress> parse_listen(std::string_view text) {
  // Named in place, because an address could be made of a text as well.
  const auto fault = [](std::string why) {
    return Parsed<ListenAddress>(boost::system::in_place_error, std::move(why));
  };
  const auto refused = [&](const char* why) {
    return fault(shown(text) + " " + why +
                 ": write host:port, for example 127.0.0.1:8080, 0.0.0.0:8080 (every IPv4 address) or [::1]:8080");
  };
  const std::size_t colon = text.rfind(':');
  if (util::all_digits(text)) return refused("has no host");
  if (colon == std::string_view::npos || text.ends_with(']')) return refused("has no port");
  if (is_address(std::string(text), true)) return refused("is an IPv6 address without brackets and port");
  const std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  if (host.empty()) return refused("has no host");
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  std::string address =
      host == "localhost" ? "127.0.0.1" : std::string(bracketed ? host.substr(1, host.size() - 2) : host);
  if (!is_address(address, bracketed)) return refused("is not an IPv4 address, nor an IPv6 address in brackets");
  if (!util::all_digits(port_text)) return refused("has no port");
  const auto port = parse_count(port_text, 0, 65535);
  if (!port) return fault("port " + port.error());
  return ListenAddress{std::move(address), static_cast<std::uint16_t>(*port)};
}

std::string to_text(const ListenAddress& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string shown(std::string_view text) {
  if (text.find("://") != std::string_view::npos || text.find('@') != std::string_view::npos) return "the value given";
  constexpr std::size_t readable = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, readable)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += "\\x";
      util::append_hex(out, byte);
    } else {
      out += c;
    }
  }
  if (text.size() > readable) out += "…";
  return out + "\"";
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace cartd::app
