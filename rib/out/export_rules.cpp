#include "rib/out/export_rules.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

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

struct NextHopAnswer {
  bool self = false;
  std::string_view why;
};

NextHopAnswer internal_next_hop(const GroupKey& receiver,
                                const TransformInput& input,
                                const bgp::AttributesView& attributes) {
  if (receiver.next_hop_self == NextHopSelf::Always) {
    return {true, "next-hop-self: always"};
  }
  if (reflected(input.source, receiver)) {
    return {false, "a reflected route keeps it (RFC 4456 §10)"};
  }
  if (receiver.next_hop_self == NextHopSelf::Self) {
    return {true, "next-hop-self: true"};
  }
  if (attributes.next_hop.is_v6() && attributes.next_hop.is_link_local()) {
    return {true, "a link-local one of an external neighbor means nothing to an internal one"};
  }
  return {false, "towards an internal neighbor it stays"};
}

NextHopAnswer external_next_hop(const GroupKey& receiver,
                                const TransformInput& input,
                                const bgp::AttributesView& attributes) {
  switch (receiver.next_hop_self) {
    case NextHopSelf::Unchanged:
      return {false, "next-hop-self: unchanged"};
    case NextHopSelf::Self:
    case NextHopSelf::Always:
      return {true, "next-hop-self is set"};
    case NextHopSelf::Auto:
      break;
  }
  if (served(input.source, receiver)) {
    return {false, "a route server leaves it (RFC 7947 §2.2.1)"};
  }
  if (!third_party(receiver, attributes)) {
    return {true, "towards an external neighbor it is this router"};
  }
  return input.next_hop_of_neighbor
             ? NextHopAnswer{true, "it is the address of another neighbor"}
             : NextHopAnswer{false, "it is on the subnet that the neighbor is on (third party)"};
}

NextHopAnswer choose_next_hop(const GroupKey& receiver,
                              const TransformInput& input,
                              const bgp::AttributesView& attributes) {
  if (attributes.label) {
    return {false, "its label means something there alone (RFC 8277 §3.2.1)"};
  }
  if (attributes.next_hop.is_unspecified()) {
    return {true, "a route of our own"};
  }
  if (input.next_hop != policy::NextHopChoice::ByRules) {
    return input.next_hop == policy::NextHopChoice::Self
               ? NextHopAnswer{true, "export policy says self"}
               : NextHopAnswer{false, "export policy says so"};
  }
  return receiver.internal ? internal_next_hop(receiver, input, attributes)
                           : external_next_hop(receiver, input, attributes);
}

ExportVerdict set_next_hop(const GroupKey& receiver,
                           const TransformInput& input,
                           bgp::AttributesView& attributes) {
  const NextHopAnswer choice = choose_next_hop(receiver, input, attributes);
  if (choice.self) {
    if (!receiver.next_hops.self_next_hop) {
      note(input.trace, Stage::NextHop, false, [&] {
        return fmt::format("self: {}; but this router has no address of the family there",
                           choice.why);
      });
      return ExportVerdict::NoSelfNextHop;
    }
    attributes.next_hop = *receiver.next_hops.self_next_hop;
    attributes.link_local_next_hop = receiver.next_hops.self_link_local;
    note(input.trace, Stage::NextHop, policy::Step::Result::Changed,
         [&] { return fmt::format("{} (self): {}", attributes.next_hop.to_string(), choice.why); });
    return ExportVerdict::Advertised;
  }
  note(input.trace, Stage::NextHop, true, [&] {
    return fmt::format("{} (unchanged): {}", attributes.next_hop.to_string(), choice.why);
  });
  // RFC 2545 §3: the link-local address goes along only where both share the link.
  const bool shares_link = !receiver.internal && third_party(receiver, attributes);
  if (!shares_link) {
    attributes.link_local_next_hop.reset();
  }
  return ExportVerdict::Advertised;
}

/// RFC 4360 §6: non-transitive ones stay inside the AS.
void strip_non_transitive(bgp::AttributesView& attributes, net::Bytes& scratch, Trace* trace) {
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
  note(trace, Stage::ExtendedCommunities, policy::Step::Result::Changed,
       [] { return "non-transitive ones stay inside the AS"; });
}

void to_external(const GroupKey& receiver,
                 const Source& source,
                 bgp::AttributesView& attributes,
                 TransformScratch& scratch,
                 Trace* trace) {
  const bool untouched = served(source, receiver);
  if (untouched) {
    note(trace, Stage::AsPath, true, [&] {
      return fmt::format("AS {} is a route server and not put in front", receiver.local_asn);
    });
  } else {
    scratch.as_path.assign(attributes.as_path.begin(), attributes.as_path.end());
    bgp::prepend(scratch.as_path, receiver.local_asn);
    attributes.as_path = scratch.as_path;
    note(trace, Stage::AsPath, policy::Step::Result::Changed,
         [&] { return fmt::format("AS {} is put in front", receiver.local_asn); });
  }
  attributes.local_preference.reset();
  note(trace, Stage::LocalPreference, policy::Step::Result::Changed,
       [] { return "left out towards an external neighbor"; });
  attributes.originator_id.reset();
  attributes.cluster_list = {};
  if (!untouched) {
    strip_non_transitive(attributes, scratch.extended_communities, trace);
  }
}

/// RFC 4456 §8: who brought the route into the AS, and the clusters that it went through.
void mark_reflected(const GroupKey& receiver,
                    const Source& source,
                    bgp::AttributesView& attributes,
                    TransformScratch& scratch,
                    Trace* trace) {
  const bool has_originator = attributes.originator_id.has_value();
  if (!has_originator) {
    attributes.originator_id = source.router_id;
  }
  note(trace, Stage::OriginatorId,
       has_originator ? policy::Step::Result::Passed : policy::Step::Result::Changed, [&] {
         return fmt::format("{} ({})", net::IpAddress::v4(*attributes.originator_id).to_string(),
                            has_originator ? "as received" : "the neighbor that it comes from");
       });
  // The cluster of the client for whose sake the route is reflected.
  const std::uint32_t cluster = source.client ? source.cluster_id : receiver.cluster_id;
  scratch.cluster_list.clear();
  net::ByteWriter writer(scratch.cluster_list);
  writer.u32(cluster);
  writer.bytes(attributes.cluster_list);
  attributes.cluster_list = scratch.cluster_list;
  note(trace, Stage::ClusterList, policy::Step::Result::Changed,
       [&] { return fmt::format("{} is put in front", net::IpAddress::v4(cluster).to_string()); });
}

void to_internal(const GroupKey& receiver,
                 const Source& source,
                 bgp::AttributesView& attributes,
                 TransformScratch& scratch,
                 Trace* trace) {
  if (!attributes.local_preference) {
    attributes.local_preference = kDefaultLocalPreference;
    note(trace, Stage::LocalPreference, policy::Step::Result::Changed,
         [] { return fmt::format("{} (the default)", kDefaultLocalPreference); });
  }
  if (reflected(source, receiver)) {
    mark_reflected(receiver, source, attributes, scratch, trace);
  } else {
    attributes.originator_id.reset();
    attributes.cluster_list = {};
  }
}

/// Well-known communities that keep a route from the receiver (RFC 1997). NO_ADVERTISE outdoes the
/// others.
ExportVerdict held_by_community(const bgp::AttributesView& attributes, const GroupKey& receiver) {
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

std::string reflection_words(const Source& source, const GroupKey& receiver) {
  if (local(source) || !source.internal) {
    return "does not apply: the best path is not from an internal neighbor";
  }
  if (!receiver.internal) {
    return "does not apply: the receiver is external";
  }
  return fmt::format("from a {} to a {}{}", source.client ? "client" : "non-client",
                     receiver.client ? "client" : "non-client",
                     source.client || receiver.client
                         ? ""
                         : ": not reflected (neither has route-reflector-client)");
}

void note_communities(ExportVerdict verdict, const GroupKey& receiver, Trace* trace) {
  note(trace, Stage::NoAdvertise, verdict != ExportVerdict::NoAdvertise, [&] {
    return verdict == ExportVerdict::NoAdvertise ? "community no-advertise: goes to nobody"
                                                 : "no community no-advertise";
  });
  if (receiver.internal || verdict == ExportVerdict::NoAdvertise) {
    return;
  }
  note(trace, Stage::NoExport, verdict == ExportVerdict::Advertised, [&] {
    return verdict == ExportVerdict::NoExport ? "community no-export: does not leave the AS"
           : verdict == ExportVerdict::NoExportSubconfed
               ? "community no-export-subconfed: does not leave the AS"
               : "no community no-export";
  });
}

/// RFC 8326 §4.1: this router is about to go; whoever has another way is to take it.
void announce_shutdown(const GroupKey& receiver,
                       const Source& source,
                       bgp::AttributesView& attributes,
                       TransformScratch& scratch,
                       Trace* trace) {
  if (reflected(source, receiver) || served(source, receiver)) {
    return;  // traffic does not come by here
  }
  note(trace, Stage::GracefulShutdown, policy::Step::Result::Changed,
       [] { return "router.graceful-shutdown: marked as about to go"; });
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

bool served(const Source& source, const GroupKey& receiver) {
  return receiver.route_server_client && !local(source) && !source.internal;
}

ExportVerdict may_advertise(const bgp::AttributesView& attributes,
                            const Source& source,
                            const GroupKey& receiver,
                            Trace* trace) {
  const bool split = reflected(source, receiver) && !source.client && !receiver.client;
  note(trace, Stage::Reflection, !split, [&] { return reflection_words(source, receiver); });
  if (split) {
    return ExportVerdict::InternalSplit;
  }
  if (source.route_server_client && served(source, receiver)) {
    note(trace, Stage::NoAdvertise, true,
         [] { return "communities are between the clients of a route server (RFC 7947 §2.2.4)"; });
    return ExportVerdict::Advertised;
  }
  const ExportVerdict verdict = held_by_community(attributes, receiver);
  if (trace != nullptr) {
    note_communities(verdict, receiver, trace);
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
    to_internal(receiver, input.source, attributes, scratch, input.trace);
  } else {
    to_external(receiver, input.source, attributes, scratch, input.trace);
  }
  if (receiver.graceful_shutdown) {
    announce_shutdown(receiver, input.source, attributes, scratch, input.trace);
  }
  return ExportVerdict::Advertised;
}

}  // namespace pipit::rib
