// Decoding of UPDATE messages with the error handling of RFC 7606.
//
// The attributes are first cut apart, then decoded by ascending code: what an attribute means never
// depends on where it stood, and unknown ones come out sorted.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "bgp/wire/as_path_codec.hpp"
#include "bgp/wire/attribute_set.hpp"
#include "bgp/wire/attribute_table.hpp"
#include "bgp/wire/family_table.hpp"
#include "net/footprint.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kMaxErrorOctets = 4096;
constexpr std::size_t kMaxNotificationData = kMaxMessage - kHeaderSize - 2;

class UpdateDecoder {
 public:
  UpdateDecoder(const Negotiated& session, UpdateMessage& message)
      : context_{session, message, {}, {}, {}, false, false} {}

  std::expected<void, Notification> decode(net::ByteView body);

 private:
  struct Fault {
    ErrorAction action = ErrorAction::Keep;
    UpdateSubcode subcode = UpdateSubcode::MalformedAttributeList;
    net::ByteView data;
  };

  void add_error(const Fault& fault, std::uint8_t attribute, std::string_view reason);
  void decode_withdrawn(net::ByteView field);
  void cut_attributes(net::ByteView block);
  void decode_attribute(const RawAttribute& attribute);
  void decode_unknown(const RawAttribute& attribute);
  void decode_reachable(net::ByteView field);
  void check_next_hop();
  void check_mandatory();
  void merge_four_octet_as();
  void treat_as_withdraw();
  void forget_withdrawn_and_announced();
  bool is_end_of_rib(net::ByteView withdrawn, net::ByteView nlri);
  std::expected<void, Notification> conclude(bool any_reachable);

  const NegotiatedFamily& ipv4() const {
    return context_.session.families[*net::family_index(net::kIpv4Unicast)];
  }

  DecodeContext context_;
  AttributeSet attributes_;
  bool has_ipv4_nlri_ = false;
  bool block_cut_short_ = false;  // what stood behind an attribute that runs past the end is lost
  Fault worst_;                   // the first of the strongest
};

void UpdateDecoder::add_error(const Fault& fault, std::uint8_t attribute, std::string_view reason) {
  if (fault.action > worst_.action) {
    worst_ = fault;
  }
  std::vector<UpdateError>& errors = context_.message.errors;
  if (errors.size() >= kMaxUpdateErrors) {
    return;
  }
  const net::ByteView octets = fault.data.first(std::min(fault.data.size(), kMaxErrorOctets));
  UpdateError& error = errors.emplace_back();
  error.action = fault.action;
  error.attribute = attribute;
  error.reason = attribute == 0 ? std::string(reason)
                                : fmt::format("{}: {}", attribute_name(attribute), reason);
  error.octets.assign(octets.begin(), octets.end());
}

void UpdateDecoder::decode_withdrawn(net::ByteView field) {
  if (field.empty()) {
    return;
  }
  Unreachable& unreachable = context_.message.unreachable.emplace_back();
  unreachable.family = net::kIpv4Unicast;
  if (!family_row(net::kIpv4Unicast)
           .nlri.decode(field, ipv4().add_path_receive, NlriUse::Withdrawn, unreachable.nlri)) {
    add_error({ErrorAction::ResetSession, UpdateSubcode::InvalidNetwork, field}, 0,
              "malformed withdrawn routes (RFC 7606 3.i)");
  }
  if (!ipv4().active) {
    context_.message.unreachable.pop_back();
  }
}

/// RFC 7606 §4: Total Attribute Length wins over the length of an attribute.
void UpdateDecoder::cut_attributes(net::ByteView block) {
  net::ByteReader reader(block);
  while (!reader.empty()) {
    const net::ByteView start = reader.rest();
    RawAttribute attribute;
    attribute.flags = reader.u8();
    attribute.code = reader.u8();
    const bool wide = (attribute.flags & kExtendedLength) != 0;
    const std::size_t length = wide ? reader.u16() : reader.u8();
    attribute.value = reader.take(length);
    if (!reader.ok()) {
      block_cut_short_ = true;
      add_error({ErrorAction::TreatAsWithdraw, UpdateSubcode::AttributeLength, start},
                start.size() > 1 ? attribute.code : std::uint8_t{0},
                "runs past the Total Path Attribute Length (RFC 7606 4)");
      return;
    }
    attribute.whole = start.first(start.size() - reader.remaining());
    if (!attributes_.has(attribute.code)) {
      attributes_.add(attribute);
      continue;
    }
    const bool mp = attribute.code == static_cast<std::uint8_t>(AttributeCode::MpReachNlri) ||
                    attribute.code == static_cast<std::uint8_t>(AttributeCode::MpUnreachNlri);
    add_error({mp ? ErrorAction::ResetSession : ErrorAction::DiscardAttribute,
               UpdateSubcode::MalformedAttributeList, attribute.whole},
              attribute.code, "appears more than once (RFC 7606 3.g)");
  }
}

void UpdateDecoder::decode_unknown(const RawAttribute& attribute) {
  if ((attribute.flags & kOptional) == 0) {
    add_error({ErrorAction::ResetSession, UpdateSubcode::UnrecognizedWellKnown, attribute.whole},
              attribute.code, "unrecognized well-known attribute (RFC 4271 6.3)");
  } else if ((attribute.flags & kTransitive) != 0) {
    carry_unknown(attribute, kPartial, context_);
  }
}

void UpdateDecoder::decode_attribute(const RawAttribute& attribute) {
  const AttributeRow* row = attribute_row(attribute.code);
  if (row == nullptr) {
    decode_unknown(attribute);
    return;
  }
  if (((attribute.flags ^ row->flags) & (kOptional | kTransitive)) != 0) {
    const bool usual = row->wrong_flags == ErrorAction::TreatAsWithdraw;
    add_error({row->wrong_flags, UpdateSubcode::AttributeFlags, attribute.whole}, attribute.code,
              fmt::format("wrong flags ({})", usual ? "RFC 7606 3.c" : row->section));
    // Of these the prefixes are still needed: to be withdrawn.
    if (row->malformed != ErrorAction::ResetSession) {
      return;
    }
  }
  if (row->internal_only && !context_.session.internal()) {
    add_error({ErrorAction::DiscardAttribute, row->subcode, attribute.whole}, attribute.code,
              fmt::format("from an external peer ({})", row->section));
    return;
  }
  const Problem problem = row->decode(attribute, context_);
  if (!problem.reason.empty()) {
    add_error({problem.action.value_or(row->malformed), problem.subcode.value_or(row->subcode),
               attribute.whole},
              attribute.code, fmt::format("{} ({})", problem.reason, row->section));
  }
}

void UpdateDecoder::decode_reachable(net::ByteView field) {
  if (field.empty()) {
    return;
  }
  Reachable& reachable = context_.message.reachable.emplace_back();
  reachable.family = net::kIpv4Unicast;
  reachable.next_hop = context_.next_hop.value_or(net::IpAddress());
  if (!family_row(net::kIpv4Unicast)
           .nlri.decode(field, ipv4().add_path_receive, NlriUse::Announced, reachable.nlri)) {
    add_error({ErrorAction::ResetSession, UpdateSubcode::InvalidNetwork, field}, 0,
              "malformed NLRI (RFC 7606 3.j, 5.3)");
  }
  if (!ipv4().active) {
    context_.message.reachable.pop_back();
    return;
  }
  has_ipv4_nlri_ = true;
}

/// RFC 4271 §6.3: a valid host address. Class E and the broadcast address are none.
void UpdateDecoder::check_next_hop() {
  if (!has_ipv4_nlri_ || !context_.next_hop) {
    return;
  }
  const net::IpAddress& next_hop = *context_.next_hop;
  if (next_hop.is_unspecified() || next_hop.to_v4() >= 0xe0000000) {
    add_error({ErrorAction::TreatAsWithdraw, UpdateSubcode::InvalidNextHop, next_hop.octets()},
              static_cast<std::uint8_t>(AttributeCode::NextHop),
              "not a host address (RFC 4271 6.3)");
  }
}

void UpdateDecoder::check_mandatory() {
  using enum AttributeCode;
  static constexpr std::array<std::uint8_t, 3> kCodes{static_cast<std::uint8_t>(Origin),
                                                      static_cast<std::uint8_t>(AsPath),
                                                      static_cast<std::uint8_t>(NextHop)};
  if (context_.message.reachable.empty()) {
    return;
  }
  const std::size_t needed = has_ipv4_nlri_ ? 3 : 2;  // NEXT_HOP only for NLRI outside MP_REACH
  for (const std::uint8_t& code : std::span(kCodes).first(needed)) {
    if (!attributes_.has(code)) {
      add_error({ErrorAction::TreatAsWithdraw, UpdateSubcode::MissingWellKnown, {&code, 1}}, code,
                "missing (RFC 7606 3.d)");
    }
  }
}

/// RFC 6793 §4.2.3.
void UpdateDecoder::merge_four_octet_as() {
  PathAttributes& attributes = context_.message.attributes;
  if (attributes.aggregator && context_.as4_aggregator) {
    if (attributes.aggregator->asn != kAsTrans) {
      return;  // somebody aggregated without knowing of both: neither AS4 attribute holds
    }
    attributes.aggregator = context_.as4_aggregator;
    // What somebody on the way did not know of one half holds for both. The bit of AS4_PATH ends
    // here: who speaks of it to a 2-octet speaker next is its originator (RFC 6793 §4.2.2).
    attributes.partial.aggregator =
        attributes.partial.aggregator || context_.as4_aggregator_partial;
  }
  if (!context_.as4_path.empty()) {
    merge_as4_path(attributes.as_path, context_.as4_path);
  }
}

void UpdateDecoder::treat_as_withdraw() {
  UpdateMessage& message = context_.message;
  for (Reachable& reachable : message.reachable) {
    Unreachable& unreachable = message.unreachable.emplace_back();
    unreachable.family = reachable.family;
    std::swap(unreachable.nlri, reachable.nlri);
  }
  message.reachable.clear();
  message.attributes.clear();
}

/// RFC 4271 §4.3: a prefix that is withdrawn and announced in one UPDATE is announced.
void UpdateDecoder::forget_withdrawn_and_announced() {
  UpdateMessage& message = context_.message;
  for (const Reachable& reachable : message.reachable) {
    for (Unreachable& unreachable : message.unreachable) {
      if (unreachable.family == reachable.family) {
        unreachable.nlri.erase_all_of(reachable.nlri);
      }
    }
  }
}

/// RFC 4724 §2: an empty UPDATE, or one with nothing but an empty MP_UNREACH_NLRI.
bool UpdateDecoder::is_end_of_rib(net::ByteView withdrawn, net::ByteView nlri) {
  if (!withdrawn.empty() || !nlri.empty()) {
    return false;
  }
  net::Family family = net::kIpv4Unicast;
  if (!attributes_.empty()) {
    if (!attributes_.has(AttributeCode::MpUnreachNlri) ||
        attributes_.has_other_than(AttributeCode::MpUnreachNlri)) {
      return false;
    }
    net::ByteView value;
    attributes_.by_ascending_code([&](const RawAttribute& only) { value = only.value; });
    if (value.size() != 3) {
      return false;
    }
    net::ByteReader reader(value);
    family.afi = static_cast<net::Afi>(reader.u16());
    family.safi = static_cast<net::Safi>(reader.u8());
  }
  const auto index = net::family_index(family);
  if (index && context_.session.families[*index].active) {
    context_.message.end_of_rib = family;
  }
  return true;
}

std::expected<void, Notification> UpdateDecoder::conclude(bool any_reachable) {
  // RFC 7606 §5.2: with attributes but without NLRI there is nothing to withdraw, and no certainty
  // that NLRI were not lost to the error.
  const bool attributes =
      block_cut_short_ || attributes_.has_other_than(AttributeCode::MpUnreachNlri);
  const bool nothing_to_withdraw = !any_reachable && attributes;
  if (worst_.action == ErrorAction::TreatAsWithdraw && nothing_to_withdraw) {
    add_error({ErrorAction::ResetSession, worst_.subcode, worst_.data}, 0,
              "an attribute error in an UPDATE without NLRI (RFC 7606 5.2)");
  }
  if (worst_.action == ErrorAction::ResetSession) {
    const net::ByteView data =
        worst_.data.first(std::min(worst_.data.size(), kMaxNotificationData));
    return std::unexpected(Notification{.code = ErrorCode::UpdateMessage,
                                        .subcode = static_cast<std::uint8_t>(worst_.subcode),
                                        .data = {data.begin(), data.end()}});
  }
  if (worst_.action == ErrorAction::TreatAsWithdraw) {
    treat_as_withdraw();
  } else {
    forget_withdrawn_and_announced();
  }
  return {};
}

std::expected<void, Notification> UpdateDecoder::decode(net::ByteView body) {
  net::ByteReader reader(body);
  const net::ByteView withdrawn = reader.take(reader.u16());
  const net::ByteView block = reader.take(reader.u16());
  const net::ByteView nlri = reader.rest();
  if (!reader.ok()) {
    add_error({ErrorAction::ResetSession, UpdateSubcode::MalformedAttributeList, {}}, 0,
              "lengths exceed the message (RFC 7606 3.a)");
    return conclude(false);
  }
  decode_withdrawn(withdrawn);
  cut_attributes(block);
  if (worst_.action == ErrorAction::Keep && is_end_of_rib(withdrawn, nlri)) {
    return {};
  }
  attributes_.by_ascending_code(
      [&](const RawAttribute& attribute) { decode_attribute(attribute); });
  decode_reachable(nlri);
  check_next_hop();
  check_mandatory();
  merge_four_octet_as();
  return conclude(context_.mp_reachable || !nlri.empty());
}

}  // namespace

void Reachable::clear() {
  next_hop = {};
  link_local_next_hop.reset();
  nlri.clear();
}

std::size_t UpdateMessage::memory() const {
  std::size_t octets = 0;
  for (const Reachable& part : reachable.held()) {
    octets += sizeof(part) + part.nlri.memory();
  }
  for (const Unreachable& part : unreachable.held()) {
    octets += sizeof(part) + part.nlri.memory();
  }
  for (const net::Bytes* bytes :
       {&attributes.as_path, &attributes.communities, &attributes.extended_communities,
        &attributes.large_communities, &attributes.cluster_list, &attributes.unknown}) {
    octets += bytes->capacity();
  }
  return octets;
}

void UpdateMessage::clear() {
  attributes.clear();
  reachable.clear();
  unreachable.clear();
  end_of_rib.reset();
  errors.clear();
}

std::expected<void, Notification> decode_update(net::ByteView body,
                                                const Negotiated& session,
                                                UpdateMessage& message) {
  message.clear();
  return UpdateDecoder(session, message).decode(body);
}

}  // namespace pipit::bgp
