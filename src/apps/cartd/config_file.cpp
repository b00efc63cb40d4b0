#include "apps/cartd/config_file.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace cartd::app {
namespace {

using FileValues = std::map<std::string, FileValue>;

constexpr std::uintmax_t max_config_bytes = 1 << 20;
// Some editors put it before the text.
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The text before the equals sign, or the whole line.
std::string name_in(const std::string& line) {
  std::string name = line.substr(0, line.find('='));
  std::erase_if(name, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '"' || c == '\''; });
  return name;
}

// The line, counted from 0, in which `name` stands, from the line `first` on. CLI11 reads the text, but does not say
// where.
std::optional<std::size_t> line_with(const std::vector<std::string>& lines, std::size_t first,
                                     const std::string& name) {
  const auto is_here = [wanted = name_in(name)](const std::string& line) { return name_in(line) == wanted; };
  const auto found = std::find_if(lines.begin() + static_cast<std::ptrdiff_t>(first), lines.end(), is_here);
  if (found == lines.end()) return std::nullopt;
  return static_cast<std::size_t>(found - lines.begin());
}

Parsed<std::string> read_text(const std::string& path) {
  const auto refused = [&](const std::string& why) {
    return Parsed<std::string>(boost::system::in_place_error, "config file " + shown(path) + ": " + why);
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return refused("is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) return refused("cannot be read");
  std::string text(max_config_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_config_bytes) return refused("is larger than " + size_text(max_config_bytes));
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  return Parsed<std::string>(boost::system::in_place_value, std::move(text));
}

}  // namespace

Parsed<FileValues> read_config_file(const std::string& path, const std::vector<std::string>& names) {
  const Parsed<std::string> text = read_text(path);
  if (!text) return text.error();
  const std::vector<std::string> lines = lines_of(*text);
  std::istringstream stream(*text);
  FileValues values;
  std::size_t next = 0;
  for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(stream)) {
    const auto line = line_with(lines, next, item.parents.empty() ? item.name : "[" + item.parents.front() + "]");
    if (line) next = *line + 1;
    std::string where = "config file " + shown(path);
    if (line) where.append(", line ").append(std::to_string(*line + 1));
    const auto refused = [&](const std::string& why) {
      return Parsed<FileValues>(std::string(where).append(": ").append(why));
    };
    if (!item.parents.empty()) return refused("sections are not supported: " + shown("[" + item.parents.front() + "]"));
    if (std::find(names.begin(), names.end(), item.name) == names.end()) {
      const std::string_view near = nearest(item.name, names);
      return refused("unknown setting " + shown(item.name) +
                     (near.empty() ? "" : "; did you mean " + std::string(near) + "?"));
    }
    const bool has_number_sign = line && lines[*line].find('#') != std::string::npos;
    if (!values.emplace(item.name, FileValue{item.inputs, where, has_number_sign}).second)
      return refused(item.name + " is given twice");
  }
  return values;
}

}  // namespace cartd::app
