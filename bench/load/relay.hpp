// A daemon that does nothing: it shakes hands with whoever connects and hands the octets of every
// UPDATE on to everybody else. What it takes in a scenario is what the load generator, the kernel
// and the machine take: no real daemon can be faster.
#pragma once

#include <cstdint>
#include <string>

namespace pipit::load {

/// Listens on port 179 of every address until it is killed. Returns, with the reason, only when it
/// cannot.
std::string run_relay(std::uint32_t asn);

}  // namespace pipit::load
