#include "rib/export_rules.hpp"

#include <algorithm>
#include <cstring>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"

namespace pipit::rib {
namespace {

bool local(const Source& source) {
  return source.kind != policy::SourceKind::Bgp;
}

/// From one iBGP neighbor to another: the route is reflected (RFC 4456).
bool reflected(const Source& source, const GroupKey& receiver) {
  return receiver.internal && source.internal && !local(source);
}

using policy::NextHopChoice;

NextHopChoice internal_next_hop(const GroupKey& receiver,
                                const TransformInput& input,
                                const bgp::AttributesView& attributes) {
  if (receiver.next_hop_self == NextHopSelf::Always) {
    return NextHopChoice::Self;
  }
  if (reflected(input.source, receiver)) {
    return NextHopChoice::Keep;  // RFC 4456 §10
  }
  if (receiver.next_hop_self == NextHopSelf::Self) {
    return NextHopChoice::Self;
  }
  // A link-local next hop of an external neighbor means nothing to an internal one.
  return attributes.next_hop.is_v6() && attributes.next_hop.is_link_local() ? NextHopChoice::Self
                                                                            : NextHopChoice::Keep;
}

NextHopChoice external_next_hop(const GroupKey& receiver,
                                const TransformInput& input,
                                const bgp::AttributesView& attributes) {
  switch (receiver.next_hop_self) {
    case NextHopSelf::Unchanged:
      return NextHopChoice::Keep;
    case NextHopSelf::Self:
    case NextHopSelf::Always:
      return NextHopChoice::Self;
    case NextHopSelf::Auto:
      break;
  }
  return third_party(receiver, attributes) && !input.next_hop_of_neighbor ? NextHopChoice::Keep
                                                                          : NextHopChoice::Self;
}

ExportVerdict set_next_hop(const GroupKey& receiver,
                           const TransformInput& input,
                           bgp::AttributesView& attributes) {
  NextHopChoice choice = input.next_hop;
  if (attributes.next_hop.is_unspecified()) {
    choice = NextHopChoice::Self;
  } else if (choice == NextHopChoice::ByRules) {
    choice = receiver.internal ? internal_next_hop(receiver, input, attributes)
                               : external_next_hop(receiver, input, attributes);
  }
  if (choice == NextHopChoice::Self) {
    if (!receiver.next_hops.self_next_hop) {
      return ExportVerdict::NoSelfNextHop;
    }
    attributes.next_hop = *receiver.next_hops.self_next_hop;
    attributes.link_local_next_hop = receiver.next_hops.self_link_local;
    return ExportVerdict::Advertised;
  }
  // RFC 2545 §3: the link-local address goes along only where both share the link.
  const bool shares_link = !receiver.internal && third_party(receiver, attributes);
  if (!shares_link) {
    attributes.link_local_next_hop.reset();
  }
  return ExportVerdict::Advertised;
}

/// RFC 4360 §6: non-transitive ones stay inside the AS.
void strip_non_transitive(bgp::AttributesView& attributes, net::Bytes& scratch) {
  constexpr std::uint8_t kNonTransitive = 0x40;
  const net::ByteView all = attributes.extended_communities;
  bool any = false;
  for (std::size_t i = 0; i + 8 <= all.size(); i += 8) {
    any = any || (all[i] & kNonTransitive) != 0;
  }
  if (!any) {
    return;
  }
  scratch.clear();
  for (std::size_t i = 0; i + 8 <= all.size(); i += 8) {
    if ((all[i] & kNonTransitive) == 0) {
      const net::ByteView one = all.subspan(i, 8);
      scratch.insert(scratch.end(), one.begin(), one.end());
    }
  }
  attributes.extended_communities = scratch;
}

void to_external(const GroupKey& receiver,
                 bgp::AttributesView& attributes,
                 TransformScratch& scratch) {
  scratch.as_path.assign(attributes.as_path.begin(), attributes.as_path.end());
  bgp::prepend(scratch.as_path, receiver.local_asn);
  attributes.as_path = scratch.as_path;
  attributes.local_preference.reset();
  attributes.originator_id.reset();
  attributes.cluster_list = {};
  strip_non_transitive(attributes, scratch.extended_communities);
}

void to_internal(const GroupKey& receiver,
                 const Source& source,
                 bgp::AttributesView& attributes,
                 TransformScratch& scratch) {
  if (!attributes.local_preference) {
    attributes.local_preference = kDefaultLocalPreference;
  }
  if (!reflected(source, receiver)) {
    attributes.originator_id.reset();
    attributes.cluster_list = {};
    return;
  }
  if (!attributes.originator_id) {
    attributes.originator_id = source.router_id;
  }
  // The cluster of the client for whose sake the route is reflected.
  const std::uint32_t cluster = source.client ? source.cluster_id : receiver.cluster_id;
  scratch.cluster_list.clear();
  net::ByteWriter writer(scratch.cluster_list);
  writer.u32(cluster);
  writer.bytes(attributes.cluster_list);
  attributes.cluster_list = scratch.cluster_list;
}

/// RFC 8326 §4.1: this router is about to go; whoever has another way is to take it.
void announce_shutdown(const GroupKey& receiver,
                       const Source& source,
                       bgp::AttributesView& attributes,
                       TransformScratch& scratch) {
  if (reflected(source, receiver)) {
    return;  // traffic does not come by here
  }
  if (receiver.internal) {
    attributes.local_preference = 0;
  }
  if (bgp::has_community(attributes.communities, bgp::WellKnown::GracefulShutdown)) {
    return;
  }
  scratch.communities.assign(attributes.communities.begin(), attributes.communities.end());
  net::ByteWriter(scratch.communities)
      .u32(static_cast<std::uint32_t>(bgp::WellKnown::GracefulShutdown));
  attributes.communities = scratch.communities;
}

}  // namespace

std::string_view describe(ExportVerdict verdict) {
  switch (verdict) {
    case ExportVerdict::Advertised:
      return "advertised";
    case ExportVerdict::NoRoute:
      return "not advertised: there is no best path";
    case ExportVerdict::OwnRoute:
      return "not advertised: the best path comes from this neighbor";
    case ExportVerdict::InternalSplit:
      return "not advertised: from one iBGP neighbor to another, neither is a client (RFC 4456)";
    case ExportVerdict::NoAdvertise:
      return "not advertised: community no-advertise";
    case ExportVerdict::NoExport:
      return "not advertised: community no-export";
    case ExportVerdict::NoExportSubconfed:
      return "not advertised: community no-export-subconfed";
    case ExportVerdict::PolicyRejected:
      return "not advertised: rejected by export policy";
    case ExportVerdict::NoSelfNextHop:
      return "not advertised: this router has no address of the family to be the next hop";
    case ExportVerdict::TooLarge:
      return "not advertised: the attributes do not fit one message";
    case ExportVerdict::NotNegotiated:
      return "not advertised: the session does not carry the family";
    case ExportVerdict::Pending:
      return "about to be advertised";
  }
  return "";
}

ExportVerdict may_advertise(const bgp::AttributesView& attributes,
                            const Source& source,
                            const GroupKey& receiver) {
  if (reflected(source, receiver) && !source.client && !receiver.client) {
    return ExportVerdict::InternalSplit;
  }
  ExportVerdict verdict = ExportVerdict::Advertised;
  const net::ByteView all = attributes.communities;
  for (std::size_t i = 0; i + 4 <= all.size(); i += 4) {
    if (all[i] != 0xff) {
      continue;  // no well-known community
    }
    const std::uint32_t community = net::ByteReader(all.subspan(i, 4)).u32();
    if (community == static_cast<std::uint32_t>(bgp::WellKnown::NoAdvertise)) {
      return ExportVerdict::NoAdvertise;
    }
    if (receiver.internal || verdict != ExportVerdict::Advertised) {
      continue;
    }
    if (community == static_cast<std::uint32_t>(bgp::WellKnown::NoExport)) {
      verdict = ExportVerdict::NoExport;
    } else if (community == static_cast<std::uint32_t>(bgp::WellKnown::NoExportSubconfed)) {
      verdict = ExportVerdict::NoExportSubconfed;
    }
  }
  return verdict;
}

bool third_party(const GroupKey& receiver, const bgp::AttributesView& attributes) {
  return receiver.next_hops.connected_subnet &&
         receiver.next_hops.connected_subnet->contains(attributes.next_hop);
}

ExportVerdict transform(const GroupKey& receiver,
                        const TransformInput& input,
                        bgp::AttributesView& attributes,
                        TransformScratch& scratch) {
  attributes.local = {};
  const ExportVerdict verdict = set_next_hop(receiver, input, attributes);
  if (verdict != ExportVerdict::Advertised) {
    return verdict;
  }
  if (receiver.internal) {
    to_internal(receiver, input.source, attributes, scratch);
  } else {
    to_external(receiver, attributes, scratch);
  }
  if (receiver.graceful_shutdown) {
    announce_shutdown(receiver, input.source, attributes, scratch);
  }
  return ExportVerdict::Advertised;
}

}  // namespace pipit::rib
