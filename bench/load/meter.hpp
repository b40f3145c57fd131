// What processes use: CPU seconds and peak resident memory, out of /proc.
#pragma once

#include <cstdint>
#include <vector>

#include <sys/types.h>

namespace pipit::load {

/// CPU seconds of the processes so far, all threads, user and system.
double cpu_seconds(const std::vector<pid_t>& processes);

/// CPU seconds of this process so far.
double own_cpu_seconds();

/// Sum of the processes' resident set sizes now, in octets.
std::uint64_t resident_memory(const std::vector<pid_t>& processes);

/// Sum of the processes' peak resident set sizes in octets.
std::uint64_t peak_memory(const std::vector<pid_t>& processes);

}  // namespace pipit::load
