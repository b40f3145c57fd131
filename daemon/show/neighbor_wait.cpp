#include "daemon/show/neighbor_wait.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "bgp/wire/notification.hpp"

namespace pipit::daemon {
namespace {

using control::WaitModel;

/// In whole seconds, of which the last one counts.
std::optional<control::Seconds> left(net::Deadline deadline, net::TimePoint now) {
  if (!deadline) {
    return std::nullopt;
  }
  return std::max(std::chrono::ceil<control::Seconds>(*deadline - now), control::Seconds{0});
}

WaitModel shut_down(const Neighbor& neighbor) {
  const std::string message = neighbor.config.session.shutdown.value_or("");
  return {.kind = "shutdown",
          .reason = "administratively down" + (message.empty() ? "" : ": " + message),
          .remaining = {},
          .ended_by = fmt::format("`pipit neighbor {} enable`, or a configuration without shutdown",
                                  neighbor.name())};
}

WaitModel damped(const Neighbor& neighbor, const bgp::PeerStatus& status, net::TimePoint now) {
  const std::string what = status.failures == 0
                               ? std::string("no two attempts begin within idle-hold")
                               : fmt::format("failure {} in a row", status.failures);
  return {.kind = "damping",
          .reason = fmt::format("{}: {}", what, *status.held_because),
          .remaining = left(status.held_until, now),
          .ended_by = fmt::format("this time; or a connection of the neighbor, which is taken, a "
                                  "change of its configuration, `pipit neighbor {} reset`",
                                  neighbor.name())};
}

WaitModel over_limit(const Neighbor& neighbor, const bgp::PeerStatus& status, net::TimePoint now) {
  const auto remaining = left(status.held_until, now);
  const std::string told = status.held_with ? bgp::name_of(*status.held_with) : "";
  return {
      .kind = "prefix-limit",
      .reason = "ended with " + told,
      .remaining = remaining,
      .ended_by = fmt::format("{}another max-prefixes, `pipit neighbor {} reset`; connections of "
                              "the neighbor are refused",
                              remaining ? "this time; or " : "", neighbor.name())};
}

WaitModel between_attempts(const Neighbor& neighbor,
                           const bgp::PeerStatus& status,
                           net::TimePoint now) {
  const auto trouble = neighbor.peer->connect_trouble();
  const std::string why = trouble ? trouble->what.text : "no answer";
  return {.kind = "connect-retry",
          .reason = "the last attempt to connect failed: " + why,
          .remaining = left(status.connect_retry_deadline, now),
          .ended_by = "the next attempt then, or a connection of the neighbor"};
}

}  // namespace

std::optional<WaitModel> waiting_for(const Neighbor& neighbor, net::TimePoint now) {
  const bgp::PeerStatus status = neighbor.peer->status();
  switch (status.held_by) {
    case bgp::HeldBy::Administrator:
      return shut_down(neighbor);
    case bgp::HeldBy::IdleHold:
    case bgp::HeldBy::Never:
      return over_limit(neighbor, status, now);
    case bgp::HeldBy::Damping:
      return status.state > bgp::State::Active ? std::nullopt
                                               : std::optional(damped(neighbor, status, now));
    case bgp::HeldBy::Nothing:
      break;
  }
  if (status.state != bgp::State::Active) {
    return std::nullopt;
  }
  if (neighbor.config.session.passive) {
    return WaitModel{.kind = "passive",
                     .reason = "passive: the neighbor is to connect",
                     .remaining = {},
                     .ended_by = "a connection of the neighbor"};
  }
  return between_attempts(neighbor, status, now);
}

}  // namespace pipit::daemon
