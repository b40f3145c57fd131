#include "daemon/bridge/speaker.hpp"

#include <algorithm>

#include "net/log.hpp"

namespace pipit::daemon {
namespace {

using net::LogLevel;
using net::LogPart;

/// Runs `work` for each family of an Established session. True: for one of them at least it
/// returned true.
template <typename Work>
bool for_families(const Neighbor& neighbor, Work&& work) {
  bool any = false;
  for (std::size_t index = 0; neighbor.member && index < net::kFamilyCount; ++index) {
    if (neighbor.peer->negotiated().families[index].active) {
      any = work(net::kFamilies[index]) || any;
    }
  }
  return any;
}

}  // namespace

Speaker::Speaker(const Parts& parts)
    : loop_(parts.loop), rib_(parts.rib), groups_(parts.groups), host_(parts.host) {
  rib_.on_prefix_limit(
      [this](rib::SourceId source, net::Family family, std::uint32_t count,
             rib::PrefixLimit limit) { on_prefix_limit(source, family, count, limit); });
  rib_.on_relief([this] { resume_reading(); });
}

Speaker::~Speaker() {
  rib_.on_prefix_limit({});
  rib_.on_relief({});
}

Neighbor* Speaker::add(config::NeighborConfig options,
                       NeighborPolicies policies,
                       bgp::Transport& transport,
                       std::uint64_t seed) {
  auto neighbor = std::make_unique<Neighbor>(std::move(options), std::move(policies));
  neighbor->source = rib_.add_source({.name = neighbor->name()});
  if (neighbor->source == rib::kNoSource) {
    return nullptr;
  }
  register_source(*neighbor);
  describe_source(*neighbor);
  neighbor->peer = std::make_unique<bgp::Peer>(
      bgp::Peer::Surroundings{.loop = loop_, .transport = transport, .events = *this},
      neighbor->config.session, seed);
  if (logs_messages_) {
    neighbor->message_log = neighbor->peer->observe(message_log_);
  }
  by_peer_.emplace(neighbor->peer.get(), neighbor.get());
  neighbors_.push_back(std::move(neighbor));
  return neighbors_.back().get();
}

void Speaker::remove(Neighbor& neighbor) {
  neighbor.peer->stop(bgp::cease(bgp::CeaseSubcode::PeerDeconfigured));
  by_source_[neighbor.source] = nullptr;
  by_peer_.erase(neighbor.peer.get());
  rib_.remove_source(neighbor.source);
  std::erase_if(neighbors_, [&](const auto& other) { return other.get() == &neighbor; });
}

void Speaker::change(Neighbor& neighbor,
                     config::NeighborConfig options,
                     NeighborPolicies policies,
                     config::Effects effects) {
  using config::Effect;
  const auto limits = std::exchange(neighbor.config, std::move(options)).routes.max_prefixes;
  neighbor.policies = std::move(policies);
  // A session that is reset takes its routes and memberships with it, and brings them back changed.
  neighbor.peer->set_options(neighbor.config.session);
  describe_source(neighbor);
  if (limits != neighbor.config.routes.max_prefixes) {
    change_limits(neighbor);
  }
  if (!neighbor.peer->established()) {
    return;
  }
  if (effects.has(Effect::Reset)) {
    neighbor.peer->reset(bgp::cease(bgp::CeaseSubcode::OtherConfigurationChange));
    return;
  }
  if (effects.has(Effect::Import)) {
    rib_.reevaluate_import(neighbor.source);
  }
  if (effects.has(Effect::Import) || effects.has(Effect::Export)) {
    groups_.update_member(*neighbor.member, member_info(neighbor));
  }
}

void Speaker::log_messages(bool wanted) {
  if (std::exchange(logs_messages_, wanted) == wanted) {
    return;
  }
  for (const auto& neighbor : neighbors_) {
    neighbor->message_log = wanted ? neighbor->peer->observe(message_log_) : net::Subscription();
  }
}

void Speaker::host_changed() {
  for (const auto& neighbor : neighbors_) {
    if (neighbor->member) {
      groups_.update_member(*neighbor->member, member_info(*neighbor));
    }
  }
}

bool Speaker::refresh_out(Neighbor& neighbor) {
  return for_families(neighbor, [&](net::Family family) {
    groups_.refresh(*neighbor.member, family, neighbor.peer->negotiated().enhanced_route_refresh);
    return true;
  });
}

bool Speaker::refresh_in(Neighbor& neighbor) {
  return for_families(
      neighbor, [&](net::Family family) { return neighbor.peer->send_route_refresh(family); });
}

Neighbor* Speaker::find(std::string_view name) const {
  const auto at = std::find_if(neighbors_.begin(), neighbors_.end(),
                               [&](const auto& neighbor) { return neighbor->name() == name; });
  return at == neighbors_.end() ? nullptr : at->get();
}

Neighbor* Speaker::of_source(rib::SourceId source) const {
  return source < by_source_.size() ? by_source_[source] : nullptr;
}

bool Speaker::converged(net::Duration patience) const {
  const net::TimePoint now = loop_.now();
  return std::all_of(neighbors_.begin(), neighbors_.end(), [&](const auto& neighbor) {
    const net::Deadline since = neighbor->peer->status().established_at;
    const bool patient = since && now - *since < patience;
    return !patient || !for_families(*neighbor, [&](net::Family family) {
      return !neighbor->end_of_rib_received[*net::family_index(family)];
    });
  });
}

void Speaker::on_established(bgp::Peer& peer) {
  Neighbor& neighbor = of(peer);
  renew_source(neighbor);
  describe_source(neighbor);
  neighbor.member = groups_.add_member(member_info(neighbor), neighbor);
  note_identifier(neighbor);
}

void Speaker::note_identifier(const Neighbor& neighbor) {
  const bgp::PeerStatus status = neighbor.peer->status();
  if (status.received_open == nullptr) {
    return;
  }
  identifiers_.set_own(rib_.options().router_id);
  identifiers_.add(neighbor.source,
                   {.id = status.received_open->id,
                    .asn = status.received_open->my_as,
                    .internal = neighbor.internal(),
                    .afi = neighbor.config.session.address.address.afi(),
                    .hostname = bgp::hostname(status.received_open->capabilities).value_or(""),
                    .name = neighbor.name()});
  if (const std::string text = identifiers_.warning(neighbor.source); !text.empty()) {
    net::log(LogPart::Bgp, LogLevel::Warning, "{}: {}", neighbor.name(), text);
  }
}

void Speaker::on_update(bgp::Peer& peer, const bgp::UpdateMessage& update) {
  Neighbor& neighbor = of(peer);
  if (update.end_of_rib) {
    if (const auto index = net::family_index(*update.end_of_rib)) {
      neighbor.end_of_rib_received[*index] = true;
      net::log(LogPart::Bgp, LogLevel::Info, "{}: End-of-RIB for {}", neighbor.name(),
               net::to_string(*update.end_of_rib));
    }
  }
  rib_.on_update(neighbor.source, update);
  if (rib_.busy()) {
    peer.pause_reading();
  }
}

void Speaker::on_route_refresh(bgp::Peer& peer, const bgp::RouteRefresh& refresh) {
  Neighbor& neighbor = of(peer);
  const auto index = net::family_index(refresh.family);
  if (!index) {
    return;
  }
  switch (refresh.subtype) {
    case bgp::RefreshSubtype::Request:
      groups_.refresh(*neighbor.member, refresh.family, peer.negotiated().enhanced_route_refresh);
      break;
    case bgp::RefreshSubtype::Begin:
      rib_.begin_refresh(neighbor.source, refresh.family);
      break;
    case bgp::RefreshSubtype::End:
      rib_.end_refresh(neighbor.source, refresh.family);
      break;
  }
}

void Speaker::on_session_down(bgp::Peer& peer, const bgp::SessionDown& /*down*/) {
  Neighbor& neighbor = of(peer);
  groups_.remove_member(*neighbor.member);
  neighbor.member.reset();
  neighbor.end_of_rib_received = {};
  neighbor.went_down_at = loop_.now();
  identifiers_.remove(neighbor.source);
  rib_.peer_down(neighbor.source);
}

void Speaker::on_send_ready(bgp::Peer& peer) {
  if (const auto member = of(peer).member) {
    groups_.resume(*member);
  }
}

bool Speaker::on_reads_again(bgp::Peer& peer) {
  const auto member = of(peer).member;
  if (member) {
    groups_.recall(*member);
  }
  return member.has_value();
}

Neighbor& Speaker::of(const bgp::Peer& peer) const {
  return *by_peer_.at(&peer);
}

void Speaker::renew_source(Neighbor& neighbor) {
  const rib::Source& source = rib_.sources()[neighbor.source];
  const bgp::Negotiated& session = neighbor.peer->negotiated();
  const bool known = source.router_id != 0;
  if (!known || (source.router_id == session.peer_id && source.asn == session.peer_asn)) {
    return;
  }
  // Another speaker stands at that address now. What was sent of the old one's routes must not be
  // taken for what this one's would look like.
  const rib::SourceId renewed = rib_.add_source({.name = neighbor.name()});
  if (renewed == rib::kNoSource) {
    return;
  }
  rib_.remove_source(std::exchange(neighbor.source, renewed));
  register_source(neighbor);
}

void Speaker::register_source(Neighbor& neighbor) {
  by_source_.resize(std::max<std::size_t>(by_source_.size(), neighbor.source + std::size_t{1}));
  by_source_[neighbor.source] = &neighbor;
}

Speaker::Terms Speaker::terms_of(const Neighbor& neighbor) const {
  return {neighbor.config, neighbor.policies, rib_.options().cluster_id};
}

void Speaker::describe_source(const Neighbor& neighbor) {
  rib_.sources()[neighbor.source] = source_by(terms_of(neighbor), neighbor);
}

rib::Source Speaker::source_by(const Terms& terms, const Neighbor& neighbor) const {
  const bgp::SessionOptions& session = terms.config.session;
  const rib::NeighborRouteOptions& routes = terms.config.routes;
  rib::Source source = rib_.sources()[neighbor.source];
  source.name = neighbor.name();
  source.kind = policy::SourceKind::Bgp;
  source.client = routes.route_reflector_client;
  source.cluster_id = routes.cluster_id.value_or(terms.cluster_id);
  source.route_server_client = routes.route_server_client;
  source.allow_own_as = routes.allow_own_as;
  source.enforce_first_as = routes.enforce_first_as;
  source.refuse_as_sets = routes.as_sets == rib::AsSets::Reject;
  source.unwanted = routes.unwanted;
  source.graceful_shutdown = routes.graceful_shutdown;
  source.blackhole = routes.blackhole;
  source.import_policy = terms.policies.imports;
  source.max_prefixes = routes.max_prefixes;
  source.local_asn = session.local_asn;
  source.address = session.address.address;
  source.established = neighbor.peer && neighbor.peer->established();
  if (source.established) {
    const bgp::Negotiated& negotiated =
        terms.session != nullptr ? *terms.session : neighbor.peer->negotiated();
    source.internal = negotiated.internal();
    source.asn = negotiated.peer_asn;
    source.router_id = negotiated.peer_id;
    source.interface_index = negotiated.interface_index;
    source.single_hop =
        !source.internal &&
        (session.ttl_security ? *session.ttl_security == 1 : session.multihop.value_or(1) == 1);
  }
  return source;
}

rib::MemberInfo Speaker::member_info(const Neighbor& neighbor) const {
  return member_by(terms_of(neighbor), neighbor);
}

rib::MemberInfo Speaker::member_by(const Terms& terms, const Neighbor& neighbor) const {
  const bgp::Negotiated& session =
      terms.session != nullptr ? *terms.session : neighbor.peer->negotiated();
  const rib::NeighborRouteOptions& routes = terms.config.routes;
  const rib::Source source = source_by(terms, neighbor);
  rib::MemberInfo info;
  info.source = neighbor.source;
  info.internal = source.internal;
  info.client = source.client;
  info.local_asn = session.local_asn;
  info.peer_asn = session.peer_asn;
  info.peer_address = session.peer_address;
  info.cluster_id = source.cluster_id;
  info.next_hop_self = routes.next_hop_self;
  info.route_server_client = routes.route_server_client;
  info.graceful_shutdown = routes.send_graceful_shutdown;
  info.export_policy = terms.policies.exports;
  info.four_octet_as = session.four_octet_as;
  info.max_message = session.max_message();
  for (std::size_t index = 0; index < net::kFamilyCount; ++index) {
    if (session.families[index].active) {
      info.families[index] = member_family(session, net::kFamilies[index].afi, source.single_hop);
    }
  }
  return info;
}

rib::MemberFamily Speaker::member_family(const bgp::Negotiated& session,
                                         net::Afi afi,
                                         bool single_hop) const {
  rib::MemberFamily family;
  const net::IpAddress& local = session.local_address;
  if (local.afi() == afi && !local.is_link_local()) {
    family.self_next_hop = local;
  } else {
    family.self_next_hop = host_.companion(local, session.interface_index, afi);
  }
  const auto subnet = rib_.next_hops().connected_prefix(session.peer_address);
  const bool direct = session.peer_address.is_link_local() || subnet.has_value();
  if (afi == net::Afi::Ipv6 && direct) {
    family.self_link_local = local.is_link_local()
                                 ? std::optional(local)
                                 : host_.link_local(local, session.interface_index);
    if (!family.self_next_hop) {
      family.self_next_hop = family.self_link_local;
    }
  }
  if (single_hop && subnet && subnet->afi() == afi) {
    family.connected_subnet = subnet;
  }
  return family;
}

void Speaker::resume_reading() {
  for (const auto& neighbor : neighbors_) {
    neighbor->peer->resume_reading();
  }
}

}  // namespace pipit::daemon
