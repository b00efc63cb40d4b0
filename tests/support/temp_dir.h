// A folder of a test's own.
#pragma once

#include <filesystem>

namespace cartd::test {

/// A fresh folder under the system's temporary folder, removed with all it holds in the destructor.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cartd::test
