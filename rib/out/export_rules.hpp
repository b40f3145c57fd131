// What may be advertised to whom, and how attributes change on the way out (RFC 4271 §5.1, §9.1.3,
// 1997, 4360, 4456, 7947). Pure functions; Exporter runs them, `explain` shows their reasons.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "bgp/wire/attributes.hpp"
#include "net/bytes.hpp"
#include "rib/out/group_key.hpp"
#include "rib/store/attribute_store.hpp"
#include "rib/table/source.hpp"
#include "rib/table/trace.hpp"

namespace pipit::rib {

/// What became of a route on its way to a member.
enum class ExportVerdict : std::uint8_t {
  Advertised,
  NoRoute,            // there is no best path
  OwnRoute,           // the best path comes from that neighbor
  InternalSplit,      // from an iBGP neighbor to another one, neither is a client
  NoAdvertise,        // community NO_ADVERTISE
  NoExport,           // community NO_EXPORT, external neighbor
  NoExportSubconfed,  // community NO_EXPORT_SUBCONFED, external neighbor
  PolicyRejected,
  NoSelfNextHop,  // the next hop would be this router, which has no address of the family there
  TooLarge,       // the attributes do not fit one message
  NotNegotiated,  // the session does not carry the family
  Pending,        // will be sent, the group or the member has not come to it yet
};

/// The verdict in words.
std::string_view describe(ExportVerdict verdict);

/// True when this router is a route server to the receiver and the route is of an external neighbor
/// (RFC 7947): it goes on as if this router were not there.
bool served(const Source& source, const GroupKey& receiver);

/// The rules that come before policy, split horizon left out (UpdateGroup keeps it by member).
ExportVerdict may_advertise(const bgp::AttributesView& attributes,
                            const Source& source,
                            const GroupKey& receiver,
                            Trace* trace = nullptr);

/// Buffers of transform(), reused from route to route.
struct TransformScratch {
  net::Bytes as_path;
  net::Bytes communities;
  net::Bytes extended_communities;
  net::Bytes cluster_list;
};

/// A route in front of transform().
struct TransformInput {
  const Source& source;
  policy::NextHopChoice next_hop = policy::NextHopChoice::ByRules;  // of export policy
  bool next_hop_of_neighbor = false;  // the next hop is the address of another neighbor of ours
  Trace* trace = nullptr;
};

/// Gives `attributes` the form in which the receiver gets them, local values left out. They then
/// refer to `scratch`. For external receivers MULTI_EXIT_DISC must have been cleared unless it is
/// of a route of ours, policy set it (RFC 4271 §5.1.4), or the route is served. Advertised or
/// NoSelfNextHop.
ExportVerdict transform(const GroupKey& receiver,
                        const TransformInput& input,
                        bgp::AttributesView& attributes,
                        TransformScratch& scratch);

/// True when the route's next hop may be passed on to external peers on that subnet.
bool third_party(const GroupKey& receiver, const bgp::AttributesView& attributes);

}  // namespace pipit::rib
