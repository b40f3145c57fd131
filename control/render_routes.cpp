#include <array>
#include <cstdint>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/community.hpp"
#include "control/render.hpp"
#include "net/bytes.hpp"
#include "net/hex.hpp"
#include "policy/text.hpp"

namespace pipit::control {
namespace {

constexpr std::uint8_t kExtendedLengthFlag = 0x10;  // RFC 4271 §4.3

void write_communities(JsonWriter& json, const bgp::AttributesView& attributes) {
  json.key("communities").begin_array();
  for (const std::uint32_t community : bgp::communities(attributes.communities)) {
    json.value(bgp::community_to_string(community));
  }
  json.end_array();
  json.key("large_communities").begin_array();
  for (const bgp::LargeCommunity& community :
       bgp::large_communities(attributes.large_communities)) {
    json.value(bgp::to_string(community));
  }
  json.end_array();
  json.key("extended_communities").begin_array();
  for (const std::uint64_t community : bgp::extended_communities(attributes.extended_communities)) {
    json.value(bgp::extended_community_to_string(community));
  }
  json.end_array();
}

/// {code, flags, data in hex} of each attribute that this build knows no name for.
void write_unknown(JsonWriter& json, net::ByteView tlvs) {
  json.key("unknown_attributes").begin_array();
  net::ByteReader reader(tlvs);
  while (!reader.empty() && reader.ok()) {
    const std::uint8_t flags = reader.u8();
    const std::uint8_t code = reader.u8();
    const std::size_t length = (flags & kExtendedLengthFlag) != 0 ? reader.u16() : reader.u8();
    const net::ByteView data = reader.take(length);
    if (!reader.ok()) {
      break;
    }
    json.begin_object().member("code", code).member("flags", flags);
    json.member("data", net::hex(data)).end_object();
  }
  json.end_array();
}

/// Members that do not apply are null.
void write_rejection(JsonWriter& json, const RejectionModel& rejection) {
  const auto text = [&](std::string_view name, const std::string& value) {
    json.key(name);
    value.empty() ? json.raw("null") : json.value(value);
  };
  json.key("rejected_by").begin_object();
  json.member("stage", rejection.stage).member("text", rejection.text);
  text("section", rejection.section);
  text("policy", rejection.policy);
  json.key("number");
  rejection.number == 0 ? json.raw("null") : json.value(rejection.number);
  text("place", rejection.place);
  json.end_object();
}

}  // namespace

void write_attributes(JsonWriter& json, const bgp::AttributesView& attributes) {
  const bool self = attributes.next_hop.is_unspecified();
  json.key("next_hop");
  self ? json.raw("null") : json.value(attributes.next_hop);
  if (attributes.link_local_next_hop) {
    json.member("link_local_next_hop", attributes.link_local_next_hop);
  }
  const bgp::AsPathView path(attributes.as_path);
  json.member("as_path", path.to_string());
  json.list("as_path_list", path.flattened());
  json.member("origin", policy::name_of(attributes.origin));
  json.member("med", attributes.med);
  json.member("local_preference", attributes.local_preference);
  json.member("atomic_aggregate", attributes.atomic_aggregate);
  json.key("aggregator");
  if (attributes.aggregator) {
    json.begin_object().member("asn", attributes.aggregator->asn);
    json.member("address", net::IpAddress::v4(attributes.aggregator->address)).end_object();
  } else {
    json.raw("null");
  }
  write_communities(json, attributes);
  json.key("originator_id");
  attributes.originator_id ? json.value(net::IpAddress::v4(*attributes.originator_id))
                           : json.raw("null");
  json.key("cluster_list").begin_array();
  net::ByteReader clusters(attributes.cluster_list);
  while (clusters.remaining() >= 4) {
    json.value(net::IpAddress::v4(clusters.u32()));
  }
  json.end_array();
  write_unknown(json, attributes.unknown);
}

void write_members(JsonWriter& json, const RouteRow& row) {
  json.member("prefix", row.prefix).member("family", net::to_string(row.prefix.family()));
  json.member("best", row.best).member("multipath", row.multipath);
  json.member("valid", row.valid).member("stale", row.stale);
  json.member("source", row.source).member("source_kind", policy::name_of(row.source_kind));
  write_attributes(json, row.attributes);
  json.member("path_id", row.path_id).member("age_seconds", row.age);
  json.member("reason", row.reason);
  if (row.rejection != nullptr) {
    write_rejection(json, *row.rejection);
  }
}

void write_row(JsonWriter& json, const RouteRow& row) {
  json.begin_object();
  write_members(json, row);
  json.end_object();
}

}  // namespace pipit::control
