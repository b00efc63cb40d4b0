#include "support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>
#include <system_error>

namespace cartd::test {
namespace {

constexpr int cannot_run = 127;

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (std::none_of(extra.begin(), extra.end(), [&](const auto& set) { return set.first == name; }))
      all.emplace_back(text);
  }
  // Of two values for one name a program sees the first: here the last is meant.
  std::map<std::string, std::string> last;
  for (const auto& [name, value] : extra) last[name] = value;
  for (const auto& [name, value] : last) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (std::string& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// Between fork and exec, where only what is safe in a signal handler may be called: other threads may hold any lock.
[[noreturn]] void become(char** command, char** environment, const char* folder, const char* output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_run);
  // Ctrl-C is for the test, which ends it in its own way.
  ::setpgid(0, 0);
  const int out = ::open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0 || ::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) ::_exit(cannot_run);
  if (*folder != '\0' && ::chdir(folder) != 0) ::_exit(cannot_run);
  ::execvpe(command[0], command, environment);
  ::_exit(cannot_run);
}

}  // namespace

Process::Process(std::vector<std::string> command, const ProcessOptions& options) {
  std::vector<std::string> environment = environment_with(options.environment);
  const std::vector<char*> command_pointers = pointers(command);
  const std::vector<char*> environment_pointers = pointers(environment);
  const std::string folder = options.folder.string();
  const std::string output = options.output.empty() ? "/dev/null" : options.output.string();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid_ == 0) {
    become(const_cast<char**>(command_pointers.data()), const_cast<char**>(environment_pointers.data()), folder.c_str(),
           output.c_str(), parent);
  }
}

Process::~Process() { kill(); }

void Process::ended(int status) { exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

bool Process::running() {
  if (exit_code_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended(status);
  return false;
}

void Process::signal(int number) {
  if (running()) ::kill(pid_, number);
}

void Process::kill() {
  signal(SIGKILL);
  wait();
}

int Process::wait() {
  while (!exit_code_) {
    int status = 0;
    if (::waitpid(pid_, &status, 0) == pid_) {
      ended(status);
    } else if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waitpid");
    }
  }
  return *exit_code_;
}

int run_to_end(std::vector<std::string> command, const ProcessOptions& options) {
  Process process(std::move(command), options);
  return process.wait();
}

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((folder + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace cartd::test
