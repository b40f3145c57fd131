#include "bgp/wire/attribute_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace pipit::bgp {
namespace {

using enum AttributeCode;
using enum ErrorAction;
using enum UpdateSubcode;

// clang-format off
constexpr std::array<AttributeRow, 23> kTable{{
    {Origin, "ORIGIN", kTransitive, TreatAsWithdraw, InvalidOrigin, "RFC 7606 7.1", false,
     decode_origin, encode_origin},
    {AsPath, "AS_PATH", kTransitive, TreatAsWithdraw, MalformedAsPath, "RFC 7606 7.2", false,
     decode_as_path, encode_as_path},
    {NextHop, "NEXT_HOP", kTransitive, TreatAsWithdraw, InvalidNextHop, "RFC 7606 7.3", false,
     decode_next_hop, nullptr},
    {MultiExitDisc, "MULTI_EXIT_DISC", kOptional, TreatAsWithdraw, AttributeLength, "RFC 7606 7.4",
     false, decode_med, encode_med},
    {LocalPref, "LOCAL_PREF", kTransitive, TreatAsWithdraw, AttributeLength, "RFC 7606 7.5", true,
     decode_local_pref, encode_local_pref},
    {AtomicAggregate, "ATOMIC_AGGREGATE", kTransitive, DiscardAttribute, AttributeLength,
     "RFC 7606 7.6", false, decode_atomic_aggregate, encode_atomic_aggregate},
    {Aggregator, "AGGREGATOR", kOptionalTransitive, DiscardAttribute, OptionalAttribute,
     "RFC 7606 7.7", false, decode_aggregator, encode_aggregator},
    {Communities, "COMMUNITIES", kOptionalTransitive, TreatAsWithdraw, OptionalAttribute,
     "RFC 7606 7.8", false, decode_communities, encode_communities},
    {OriginatorId, "ORIGINATOR_ID", kOptional, TreatAsWithdraw, OptionalAttribute, "RFC 7606 7.9",
     true, decode_originator_id, encode_originator_id},
    {ClusterList, "CLUSTER_LIST", kOptional, TreatAsWithdraw, OptionalAttribute, "RFC 7606 7.10",
     true, decode_cluster_list, encode_cluster_list},
    {MpReachNlri, "MP_REACH_NLRI", kOptional, ResetSession, OptionalAttribute, "RFC 7606 7.11",
     false, decode_mp_reach, nullptr},
    {MpUnreachNlri, "MP_UNREACH_NLRI", kOptional, ResetSession, OptionalAttribute, "RFC 7606 7.12",
     false, decode_mp_unreach, nullptr},
    {ExtendedCommunities, "EXTENDED_COMMUNITIES", kOptionalTransitive, TreatAsWithdraw,
     OptionalAttribute, "RFC 7606 7.14", false, decode_extended_communities,
     encode_extended_communities},
    {As4Path, "AS4_PATH", kOptionalTransitive, DiscardAttribute, OptionalAttribute, "RFC 6793 6",
     false, decode_as4_path, encode_as4_path},
    {As4Aggregator, "AS4_AGGREGATOR", kOptionalTransitive, DiscardAttribute, OptionalAttribute,
     "RFC 6793 6", false, decode_as4_aggregator, encode_as4_aggregator},
    {PmsiTunnel, "PMSI_TUNNEL", kOptionalTransitive, TreatAsWithdraw, OptionalAttribute,
     "RFC 6514 5", false, check_pmsi_tunnel, nullptr},
    {TunnelEncapsulation, "TUNNEL_ENCAPSULATION", kOptionalTransitive, TreatAsWithdraw,
     OptionalAttribute, "RFC 9012 13", false, check_tunnel_encapsulation, nullptr},
    {Ipv6ExtendedCommunities, "IPV6_EXTENDED_COMMUNITIES", kOptionalTransitive, TreatAsWithdraw,
     OptionalAttribute, "RFC 7606 7.15", false, decode_ipv6_extended_communities, nullptr},
    {Aigp, "AIGP", kOptional, DiscardAttribute, OptionalAttribute, "RFC 7311 3.2", false,
     check_aigp, nullptr, DiscardAttribute},
    {LargeCommunities, "LARGE_COMMUNITIES", kOptionalTransitive, TreatAsWithdraw, OptionalAttribute,
     "RFC 8092 6", false, decode_large_communities, encode_large_communities},
    {OnlyToCustomer, "ONLY_TO_CUSTOMER", kOptionalTransitive, TreatAsWithdraw, OptionalAttribute,
     "RFC 9234 5", false, decode_only_to_customer, nullptr},
    {PrefixSid, "PREFIX_SID", kOptionalTransitive, DiscardAttribute, OptionalAttribute,
     "RFC 8669 6", false, check_prefix_sid, nullptr},
    {AttrSet, "ATTR_SET", kOptionalTransitive, TreatAsWithdraw, OptionalAttribute,
     "RFC 7606 7.16", false, check_attr_set, nullptr},
}};
// clang-format on

constexpr std::uint8_t kNoRow = 0xff;

constexpr std::array<std::uint8_t, 256> index_by_code() {
  std::array<std::uint8_t, 256> index{};
  index.fill(kNoRow);
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    index[static_cast<std::uint8_t>(kTable[i].code)] = static_cast<std::uint8_t>(i);
  }
  return index;
}

constexpr auto kIndex = index_by_code();

char in_kebab_case(char letter) {
  return letter == '_'                    ? '-'
         : letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a')
                                          : letter;
}

}  // namespace

std::span<const AttributeRow> attribute_table() {
  return kTable;
}

const AttributeRow* attribute_row(std::uint8_t code) {
  const std::uint8_t index = kIndex[code];
  return index == kNoRow ? nullptr : &kTable[index];
}

std::string attribute_name(std::uint8_t code) {
  const AttributeRow* row = attribute_row(code);
  return row == nullptr ? fmt::format("attribute {}", code) : std::string(row->name);
}

std::string attribute_keyword(std::uint8_t code) {
  // As policies call them.
  if (static_cast<AttributeCode>(code) == MultiExitDisc) {
    return "med";
  }
  if (static_cast<AttributeCode>(code) == LocalPref) {
    return "local-preference";
  }
  const AttributeRow* row = attribute_row(code);
  std::string keyword(row == nullptr ? "" : row->name);
  std::ranges::transform(keyword, keyword.begin(), in_kebab_case);
  return keyword;
}

std::optional<std::uint8_t> attribute_code(std::string_view keyword) {
  for (const AttributeRow& row : kTable) {
    const auto code = static_cast<std::uint8_t>(row.code);
    if (attribute_keyword(code) == keyword) {
      return code;
    }
  }
  return std::nullopt;
}

}  // namespace pipit::bgp
