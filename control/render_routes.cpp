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

/// An attribute that this build knows no name for.
struct UnknownAttribute {
  std::uint8_t code = 0;
  std::uint8_t flags = 0;
  net::ByteView data;
};

}  // namespace

template <>
inline constexpr const Record* kShownAs<UnknownAttribute> = &shown::kUnknownAttribute;

namespace {

constexpr auto kUnknownAttribute = table<UnknownAttribute>({
    {"code", get<&UnknownAttribute::code>},
    {"flags", get<&UnknownAttribute::flags>},
    {"data", get<[](const UnknownAttribute& attribute) { return net::hex(attribute.data); }>},
});

void write_unknown(JsonWriter& json, net::ByteView tlvs) {
  json.begin_array();
  net::ByteReader reader(tlvs);
  while (!reader.empty() && reader.ok()) {
    UnknownAttribute attribute;
    attribute.flags = reader.u8();
    attribute.code = reader.u8();
    const std::size_t length =
        (attribute.flags & kExtendedLengthFlag) != 0 ? reader.u16() : reader.u8();
    attribute.data = reader.take(length);
    if (!reader.ok()) {
      break;
    }
    json.begin_object();
    kUnknownAttribute.write(json, attribute);
    json.end_object();
  }
  json.end_array();
}

/// An array of what `to_text` makes of each element.
template <typename Range, typename ToText>
void write_texts(JsonWriter& json, const Range& range, const ToText& to_text) {
  json.begin_array();
  for (const auto& element : range) {
    json.value(to_text(element));
  }
  json.end_array();
}

void write_clusters(JsonWriter& json, net::ByteView list) {
  json.begin_array();
  net::ByteReader clusters(list);
  while (clusters.remaining() >= 4) {
    json.value(net::IpAddress::v4(clusters.u32()));
  }
  json.end_array();
}

std::optional<net::IpAddress> next_hop(const bgp::AttributesView& attributes) {
  return attributes.next_hop.is_unspecified() ? std::nullopt : std::optional(attributes.next_hop);
}

std::optional<net::IpAddress> originator(const bgp::AttributesView& attributes) {
  return attributes.originator_id ? std::optional(net::IpAddress::v4(*attributes.originator_id))
                                  : std::nullopt;
}

using Attributes = bgp::AttributesView;

constexpr auto kAggregator = table<bgp::Aggregator>({
    {"asn", get<&bgp::Aggregator::asn>},
    {"address",
     get<[](const bgp::Aggregator& model) { return net::IpAddress::v4(model.address); }>},
});

constexpr auto kAttributes = table<Attributes>({
    {"next_hop", get<[](const Attributes& model) { return next_hop(model); }>},
    {"link_local_next_hop",
     get_if<[](const Attributes& model) { return *model.link_local_next_hop; },
            [](const Attributes& model) { return model.link_local_next_hop.has_value(); }>},
    {"label", get_if<[](const Attributes& model) { return *model.label; },
                     [](const Attributes& model) { return model.label.has_value(); }>},
    {"as_path",
     get<[](const Attributes& model) { return bgp::AsPathView(model.as_path).to_string(); }>},
    {"as_path_list",
     get<[](const Attributes& model) { return bgp::AsPathView(model.as_path).flattened(); }>},
    {"origin", get<[](const Attributes& model) { return policy::name_of(model.origin); }>},
    {"med", get<[](const Attributes& model) { return model.med; }>},
    {"local_preference", get<[](const Attributes& model) { return model.local_preference; }>},
    {"atomic_aggregate", get<[](const Attributes& model) { return model.atomic_aggregate; }>},
    {"aggregator", get<[](const Attributes& model) { return model.aggregator; }>},
    {"communities", written_list<Kind::Text,
                                 [](JsonWriter& json, const Attributes& model) {
                                   write_texts(json, bgp::communities(model.communities),
                                               bgp::community_to_string);
                                 }>},
    {"large_communities",
     written_list<Kind::Text,
                  [](JsonWriter& json, const Attributes& model) {
                    write_texts(json, bgp::large_communities(model.large_communities),
                                [](const auto& community) { return bgp::to_string(community); });
                  }>},
    {"extended_communities",
     written_list<Kind::Text,
                  [](JsonWriter& json, const Attributes& model) {
                    write_texts(json, bgp::extended_communities(model.extended_communities),
                                bgp::extended_community_to_string);
                  }>},
    {"originator_id", get<[](const Attributes& model) { return originator(model); }>},
    {"cluster_list", written_list<Kind::Address,
                                  [](JsonWriter& json, const Attributes& model) {
                                    write_clusters(json, model.cluster_list);
                                  }>},
    {"unknown_attributes", written_records<shown::kUnknownAttribute,
                                           [](JsonWriter& json, const Attributes& model) {
                                             write_unknown(json, model.unknown);
                                           }>},
});

constexpr auto kRejection = table<RejectionModel>({
    {"stage", get<&RejectionModel::stage>},
    {"text", get<&RejectionModel::text>},
    {"section", get_or_null<&RejectionModel::section>},
    {"policy", get_or_null<&RejectionModel::policy>},
    {"number", get_or_null<&RejectionModel::number>},
    {"place", get_or_null<&RejectionModel::place>},
});

constexpr auto kRouteKey = table<net::RouteKey>({
    {"prefix", get<&net::RouteKey::prefix>},
    {"rd", get_if<[](const net::RouteKey& key) { return key.distinguisher.to_string(); },
                  [](const net::RouteKey& key) { return key.has_distinguisher(); }>},
});

constexpr auto kRoute = table<RouteRow>({
    {{}, fields_of<&RouteRow::key>},
    {"family", get<[](const RouteRow& row) { return row.key.family; }>},
    {"best", get<&RouteRow::best>},
    {"multipath", get<&RouteRow::multipath>},
    {"valid", get<&RouteRow::valid>},
    {"stale", get<&RouteRow::stale>},
    {"source", get<&RouteRow::source>},
    {"source_kind", get<[](const RouteRow& row) { return policy::name_of(row.source_kind); }>},
    {{}, fields_of<&RouteRow::attributes>},
    {"path_id", get<&RouteRow::path_id>},
    {"age_seconds", get<&RouteRow::age>},
    {"reason", get<&RouteRow::reason>},
    {"rejected_by",
     get_if<[](const RouteRow& row) -> const RejectionModel& { return *row.rejection; },
            [](const RouteRow& row) { return row.rejection != nullptr; }>},
});

}  // namespace

void write_members(JsonWriter& json, const bgp::PathAttributes& model) {
  write_members(json, model.view());
}

void write_members(JsonWriter& json, const bgp::Aggregator& model) {
  kAggregator.write(json, model);
}

void write_members(JsonWriter& json, const bgp::AttributesView& model) {
  kAttributes.write(json, model);
}

void write_members(JsonWriter& json, const RejectionModel& model) {
  kRejection.write(json, model);
}

void write_members(JsonWriter& json, const net::RouteKey& model) {
  kRouteKey.write(json, model);
}

void write_members(JsonWriter& json, const RouteRow& model) {
  kRoute.write(json, model);
}

}  // namespace pipit::control
