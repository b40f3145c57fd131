#include "bench/load/meter.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace pipit::load {
namespace {

/// Sum of a line of /proc/PID/status that is in kibibytes, in octets.
std::uint64_t sum_of(std::string_view line, const std::vector<pid_t>& processes) {
  std::uint64_t octets = 0;
  for (const pid_t process : processes) {
    std::ifstream file(fmt::format("/proc/{}/status", process));
    std::string word;
    while (file >> word) {
      std::uint64_t kibibytes = 0;
      if (word == line && file >> kibibytes) {
        octets += kibibytes * 1024;
        break;
      }
    }
  }
  return octets;
}

}  // namespace

double cpu_seconds(const std::vector<pid_t>& processes) {
  double nanoseconds = 0;
  for (const pid_t process : processes) {
    std::error_code error;
    const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", process), error);
    for (const auto& task : tasks) {
      std::ifstream file(task.path() / "schedstat");
      double running = 0;
      if (file >> running) {
        nanoseconds += running;
      }
    }
  }
  return nanoseconds / 1e9;
}

double own_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::uint64_t resident_memory(const std::vector<pid_t>& processes) {
  return sum_of("VmRSS:", processes);
}

std::uint64_t peak_memory(const std::vector<pid_t>& processes) {
  return sum_of("VmHWM:", processes);
}

}  // namespace pipit::load
