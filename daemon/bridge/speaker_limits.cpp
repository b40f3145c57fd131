// What the Speaker does about max-prefixes.
#include "daemon/bridge/speaker.hpp"
#include "net/bytes.hpp"
#include "net/log.hpp"

namespace pipit::daemon {
namespace {

using net::LogLevel;
using net::LogPart;

/// Cease/Maximum Number of Prefixes Reached with family and limit as its data (RFC 4486 §4).
bgp::Notification too_many_prefixes(net::Family family, std::uint32_t limit) {
  bgp::Notification notification = bgp::cease(bgp::CeaseSubcode::MaximumPrefixesReached);
  net::ByteWriter writer(notification.data);
  writer.u16(static_cast<std::uint16_t>(family.afi));
  writer.u8(static_cast<std::uint8_t>(family.safi));
  writer.u32(limit);
  return notification;
}

}  // namespace

void Speaker::change_limits(Neighbor& neighbor) {
  const auto& held_with = neighbor.peer->status().held_with;
  if (held_with && held_with->code == bgp::ErrorCode::Cease &&
      held_with->subcode == static_cast<std::uint8_t>(bgp::CeaseSubcode::MaximumPrefixesReached)) {
    neighbor.peer->start();
  } else if (neighbor.peer->established()) {
    rib_.recheck_limits(neighbor.source);
  }
}

void Speaker::on_prefix_limit(rib::SourceId source,
                              net::Family family,
                              std::uint32_t count,
                              rib::PrefixLimit limit) {
  Neighbor* neighbor = of_source(source);
  const auto index = net::family_index(family);
  if (neighbor == nullptr || !index || !neighbor->config.routes.max_prefixes[*index]) {
    return;
  }
  const rib::MaxPrefixes& options = *neighbor->config.routes.max_prefixes[*index];
  if (limit == rib::PrefixLimit::Warning) {
    net::log(LogPart::Bgp, LogLevel::Warning, "{}: {} prefixes of {}, the limit is {}",
             neighbor->name(), count, net::to_string(family), options.limit);
    return;
  }
  net::log(LogPart::Bgp, LogLevel::Error, "{}: {} prefixes of {} are over the limit of {}{}",
           neighbor->name(), count, net::to_string(family), options.limit,
           options.action == rib::MaxPrefixesAction::Warn ? "" : ", ending the session");
  if (options.action == rib::MaxPrefixesAction::Warn) {
    return;
  }
  const bool restart = options.action == rib::MaxPrefixesAction::Restart;
  neighbor->peer->hold_idle(too_many_prefixes(family, options.limit),
                            restart ? std::optional(options.restart_after) : std::nullopt);
}

}  // namespace pipit::daemon
