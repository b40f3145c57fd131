// What import asks of a route before policy: who may have sent such a path, loops, the next hop.
#include <algorithm>

#include <fmt/format.h>

#include "bgp/wire/as_path.hpp"
#include "net/bytes.hpp"
#include "rib/table/importer.hpp"
#include "rib/table/unwanted_attributes.hpp"

namespace pipit::rib {
namespace {

/// RFC 4271 §6.3: a next hop must be the address of a host.
bool is_host(const net::IpAddress& address) {
  if (address.is_unspecified() || address.is_loopback() || address.is_multicast()) {
    return false;
  }
  if (address.is_v6()) {
    return true;
  }
  constexpr std::uint32_t kClassE = 0xf0000000;
  const std::uint32_t value = address.to_v4();
  return value >> 24 != 0 && value < kClassE;
}

bool contains_cluster(net::ByteView cluster_list, std::uint32_t cluster) {
  net::ByteReader reader(cluster_list);
  while (reader.remaining() >= 4) {
    if (reader.u32() == cluster) {
      return true;
    }
  }
  return false;
}

std::string text_of(std::uint32_t identifier) {
  return net::IpAddress::v4(identifier).to_string();
}

std::string clusters_text(net::ByteView cluster_list) {
  std::string text;
  net::ByteReader reader(cluster_list);
  while (reader.remaining() >= 4) {
    text += (text.empty() ? "" : " ") + text_of(reader.u32());
  }
  return text;
}

}  // namespace

/// True when our AS, or the one that we show the neighbor, stands in AS_PATH more often than is
/// allowed.
bool Importer::loops(const Source& source,
                     const bgp::AttributesView& attributes,
                     Trace* trace) const {
  const std::uint32_t own = context_.options.asn;
  const bgp::AsPathView path(attributes.as_path);
  const std::uint32_t facing = source.local_asn != 0 ? source.local_asn : own;
  const std::uint32_t times =
      std::max(path.count(facing), facing != own ? path.count(own) : std::uint32_t{0});
  const bool found = times > source.allow_own_as;
  note(trace, Stage::OwnAs, !found, [&] {
    const std::string ours =
        facing == own ? fmt::format("AS {}", own) : fmt::format("AS {} or {}", own, facing);
    return times == 0 ? fmt::format("{} is not in AS_PATH", ours)
                      : fmt::format("{} is in AS_PATH {}, {} allowed (allow-own-as)", ours,
                                    times == 1 ? "once" : fmt::format("{} times", times),
                                    source.allow_own_as == 0
                                        ? "never"
                                        : fmt::format("{} times", source.allow_own_as));
  });
  return found;
}

/// What makes an UPDATE one that is treated as withdraw, depending on options of the neighbor. It
/// is kept as received, so that another configuration can accept it.
Reason Importer::check_path(const Source& source,
                            const bgp::AttributesView& attributes,
                            Trace* trace) const {
  const bgp::AsPathView path(attributes.as_path);
  if (!source.internal) {
    const bool strange = path.empty() || (source.enforce_first_as && path.first() != source.asn);
    note(trace, Stage::FirstAs, !strange, [&] {
      return path.empty() ? std::string("AS_PATH is empty")
             : path.first() == source.asn
                 ? fmt::format("AS_PATH begins with AS {}", source.asn)
                 : fmt::format("AS_PATH {} does not begin with AS {}{}", path.to_string(),
                               source.asn, strange ? "" : " (enforce-first-as: false)");
    });
    if (strange) {
      return Reason::FirstAs;
    }
  }
  const bool has_set = path.has_set();
  const bool refused = has_set && source.refuse_as_sets;
  note(trace, Stage::AsSets, !refused, [&] {
    return !has_set  ? std::string("no AS_SET in AS_PATH")
           : refused ? fmt::format("AS_SET in AS_PATH {}", path.to_string())
                     : fmt::format("AS_SET in AS_PATH {} (as-sets: accept)", path.to_string());
  });
  if (refused) {
    return Reason::AsSet;
  }
  if (source.unwanted.treat_as_withdraw.any()) {
    const bgp::AttributeCodes found =
        optional_attributes(attributes) & source.unwanted.treat_as_withdraw;
    note(trace, Stage::TreatAsWithdraw, found.none(), [&] {
      return found.none() ? std::string("no attribute that attributes.treat-as-withdraw names")
                          : fmt::format("has {} (attributes.treat-as-withdraw)", names_of(found));
    });
    return found.any() ? Reason::UnwantedAttribute : Reason::Undecided;
  }
  return Reason::Undecided;
}

Reason Importer::check(const Source& source,
                       const bgp::AttributesView& attributes,
                       Trace* trace) const {
  const RibOptions& options = context_.options;
  if (const Reason path = check_path(source, attributes, trace); path != Reason::Undecided) {
    return path;
  }
  if (loops(source, attributes, trace)) {
    return Reason::OwnAs;
  }
  const bool own_originator = attributes.originator_id == options.router_id;
  note(trace, Stage::OwnOriginatorId, !own_originator, [&] {
    return !attributes.originator_id
               ? std::string("no ORIGINATOR_ID")
               : fmt::format("ORIGINATOR_ID {} is {}", text_of(*attributes.originator_id),
                             own_originator ? "this router" : "another router");
  });
  if (own_originator) {
    return Reason::OwnOriginatorId;
  }
  const net::ByteView clusters = attributes.cluster_list;
  const bool own_cluster = !clusters.empty() && (contains_cluster(clusters, options.cluster_id) ||
                                                 contains_cluster(clusters, source.cluster_id));
  note(trace, Stage::OwnClusterId, !own_cluster, [&] {
    return clusters.empty()
               ? std::string("no CLUSTER_LIST")
               : fmt::format("CLUSTER_LIST {} {} a cluster of ours", clusters_text(clusters),
                             own_cluster ? "holds" : "does not hold");
  });
  if (own_cluster) {
    return Reason::OwnClusterId;
  }
  const bool host = is_host(attributes.next_hop);
  note(trace, Stage::NextHopHost, host, [&] {
    return fmt::format("NEXT_HOP {} is {}", attributes.next_hop.to_string(),
                       host ? "the address of a host" : "no address of a host");
  });
  return host ? Reason::Undecided : Reason::InvalidNextHop;
}

}  // namespace pipit::rib
