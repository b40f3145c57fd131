#include "tests/unit/control/running_command.hpp"

#include <array>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <pty.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/catch.hpp"

namespace pipit::control::test {
namespace {

std::string content(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

pid_t spawn(const std::vector<std::string>& arguments, posix_spawn_file_actions_t& files) {
  std::vector<std::string> words{PIPIT_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  pid_t child = 0;
  REQUIRE(::posix_spawn(&child, argv[0], &files, nullptr, argv.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&files);
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments) {
  const TemporaryDirectory directory;
  const std::string out = directory.path("out");
  const std::string err = directory.path("err");
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  constexpr int kFlags = O_WRONLY | O_CREAT;
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), kFlags, 0600);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), kFlags, 0600);
  const int status = wait_for(spawn(arguments, files));
  return {status, content(out), content(err)};
}

Outcome run(const RunningServer& server, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--socket", server.socket()});
  return run(arguments);
}

Outcome run_on_terminal(const RunningServer& server,
                        std::vector<std::string> arguments,
                        unsigned short columns) {
  arguments.insert(arguments.begin(), {"--socket", server.socket()});
  const winsize size{.ws_row = 1000, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
  int master = -1;
  int slave = -1;
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, slave, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, slave, STDERR_FILENO);
  ::posix_spawn_file_actions_addclose(&files, master);
  const pid_t child = spawn(arguments, files);
  ::close(slave);
  Outcome outcome;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(master, buffer.data(), buffer.size())) > 0;) {
    outcome.out.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(master);
  outcome.status = wait_for(child);
  std::erase(outcome.out, '\r');
  return outcome;
}

nlohmann::json document(const RunningServer& server,
                        std::vector<std::string> arguments,
                        int status) {
  arguments.emplace_back("--json");
  const Outcome outcome = run(server, std::move(arguments));
  CHECK(outcome.status == status);
  CHECK(outcome.err.empty());
  nlohmann::json parsed = nlohmann::json::parse(outcome.out, nullptr, false);
  CHECK_FALSE(parsed.is_discarded());
  return parsed;
}

}  // namespace pipit::control::test
