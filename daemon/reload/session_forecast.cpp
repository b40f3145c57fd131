#include "daemon/reload/session_forecast.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bgp/wire/capability.hpp"
#include "bgp/wire/open.hpp"

namespace pipit::daemon {
namespace {

using config::Effect;
using std::chrono::seconds;

/// Cease/Maximum Number of Prefixes Reached keeps it down.
bool held_by_limit(const Neighbor& neighbor) {
  const auto& held = neighbor.peer->status().held_with;
  return held && held->code == bgp::ErrorCode::Cease &&
         held->subcode == static_cast<std::uint8_t>(bgp::CeaseSubcode::MaximumPrefixesReached);
}

/// Ends the session when what the neighbor has announced is over a limit of the new configuration.
/// `families`: those that count. False: it does not.
bool over_limit(const rib::Source& source,
                const config::NeighborConfig& config,
                const std::array<bgp::NegotiatedFamily, net::kFamilyCount>& families,
                SessionForecast& forecast) {
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    const auto& limit = config.routes.max_prefixes[i];
    const std::uint32_t count = source.counters[i].received;
    if (!families[i].active || !limit || count <= limit->limit ||
        limit->action == rib::MaxPrefixesAction::Warn) {
      continue;
    }
    forecast.fate = SessionFate::Ends;
    forecast.reason = fmt::format("{} prefixes of {} are over max-prefixes.limit {}", count,
                                  net::to_string(net::kFamilies[i]), limit->limit);
    if (limit->action == rib::MaxPrefixesAction::Restart) {
      forecast.restart_after = limit->restart_after;
      forecast.comes_back = fmt::format(
          "it is tried again every {} s, and ends again while the neighbor announces "
          "as many",
          limit->restart_after.count());
    } else {
      forecast.comes_back =
          fmt::format("`pipit neighbor {} enable`, or another limit", config.session.name);
    }
    return true;
  }
  return false;
}

/// The families that a new session would have.
std::array<bgp::NegotiatedFamily, net::kFamilyCount> families_of_next(
    const Neighbor& neighbor, const bgp::SessionOptions& options) {
  const bgp::PeerStatus status = neighbor.peer->status();
  if (status.sent_open == nullptr || status.received_open == nullptr) {
    return neighbor.peer->negotiated().families;
  }
  bgp::Open sent = *status.sent_open;
  std::erase_if(sent.capabilities, [](const bgp::Capability& one) {
    return one.code == static_cast<std::uint8_t>(bgp::CapabilityCode::Multiprotocol);
  });
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    if (options.families[i]) {
      sent.capabilities.push_back(bgp::multiprotocol(net::kFamilies[i]));
    }
  }
  return bgp::negotiate(sent, *status.received_open, options.timers.keepalive).families;
}

/// What keeps a session from coming back with a neighbor that stays as it is; empty: nothing.
std::string obstacle(const bgp::Negotiated& now,
                     const bgp::SessionOptions& before,
                     const bgp::SessionOptions& after) {
  using Kind = bgp::ExpectedAsn::Kind;
  if (after.address != before.address) {
    return "somebody else is at that address, of whom nothing is known";
  }
  if (after.local_asn != now.local_asn) {
    return fmt::format("the neighbor knows us as AS {}", now.local_asn);
  }
  const bgp::ExpectedAsn& expected = after.expected_asn;
  const bool right = expected.kind == Kind::Number     ? expected.number == now.peer_asn
                     : expected.kind == Kind::Internal ? after.local_asn == now.peer_asn
                                                       : after.local_asn != now.peer_asn;
  if (!right) {
    return fmt::format("the neighbor is AS {}", now.peer_asn);
  }
  if (after.router_id == now.peer_id && now.peer_asn == after.local_asn) {
    return "the neighbor has that BGP identifier itself";
  }
  if (after.password != before.password) {
    return "the neighbor has the password of before";
  }
  if (after.local_address && *after.local_address != now.local_address) {
    return fmt::format("the neighbor knows us as {}", now.local_address.to_string());
  }
  if (after.ttl_security.has_value() != before.ttl_security.has_value()) {
    return after.ttl_security ? "the neighbor may not use ttl-security"
                              : "the neighbor may insist on ttl-security";
  }
  return {};
}

/// What of the options is part of an OPEN or of the transport and is different.
std::string different(const PlannedChange& change) {
  return change.keys.empty() ? "configuration change"
                             : fmt::format("{}", fmt::join(change.keys, ", "));
}

void forecast_reset(const Neighbor& neighbor,
                    const rib::Source& source,
                    const config::NeighborConfig& config,
                    const PlannedChange& change,
                    SessionForecast& forecast) {
  const bgp::SessionOptions& before = neighbor.peer->options();
  forecast.fate = SessionFate::Reset;
  forecast.reason = different(change);
  forecast.session.families = families_of_next(neighbor, config.session);
  if (const std::string why = obstacle(neighbor.peer->negotiated(), before, config.session);
      !why.empty()) {
    forecast.fate = SessionFate::Ends;
    forecast.comes_back = "the neighbor's side changes, too: " + why;
    return;
  }
  const bool any = std::ranges::any_of(forecast.session.families, &bgp::NegotiatedFamily::active);
  if (!any) {
    forecast.fate = SessionFate::Ends;
    forecast.comes_back = "the neighbor's side changes, too: it has none of these families";
    return;
  }
  over_limit(source, config, forecast.session.families, forecast);
}

}  // namespace

SessionForecast forecast_removal(const Neighbor& neighbor) {
  SessionForecast forecast;
  if (neighbor.peer->established()) {
    forecast.fate = SessionFate::Ends;
    forecast.reason = "removed";
  }
  return forecast;
}

SessionForecast forecast_session(const Neighbor& neighbor,
                                 const rib::Source& source,
                                 const config::NeighborConfig& config,
                                 const PlannedChange& change) {
  SessionForecast forecast;
  const bgp::Peer& peer = *neighbor.peer;
  const bool up = peer.established();
  if (up) {
    forecast.fate = SessionFate::Stays;
    forecast.session = peer.negotiated();
  }
  if (change.effects.empty()) {
    return forecast;
  }
  const auto& shutdown = config.session.shutdown;
  const bool limits = neighbor.config.routes.max_prefixes != config.routes.max_prefixes;
  if (shutdown && shutdown != peer.options().shutdown) {
    forecast.fate = up ? SessionFate::Ends : SessionFate::None;
    forecast.reason = "shutdown";
    forecast.comes_back = "shutdown is taken out again";
  } else if (!up) {
    const bool begins =
        (!shutdown && peer.options().shutdown) || (limits && held_by_limit(neighbor));
    forecast.fate = begins ? SessionFate::Starts : SessionFate::None;
  } else if (bgp::needs_reset(peer.options(), config.session)) {
    forecast_reset(neighbor, source, config, change, forecast);
  } else if (limits && over_limit(source, config, forecast.session.families, forecast)) {
    return forecast;
  } else if (change.effects.has(Effect::Reset)) {
    forecast_reset(neighbor, source, config, change, forecast);
  }
  return forecast;
}

}  // namespace pipit::daemon
