// UPDATE messages: decoding with RFC 7606 error handling, and encoding.
//
// Decoding never throws and allocates only where a reused UpdateMessage has to grow.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/nlri.hpp"
#include "bgp/wire/notification.hpp"
#include "bgp/wire/reused_list.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {

/// What an error in an UPDATE leads to, weakest first (RFC 7606 §2). AFI/SAFI disable is not used:
/// where the RFC leaves the choice, the session is reset.
enum class ErrorAction : std::uint8_t { Keep, DiscardAttribute, TreatAsWithdraw, ResetSession };

/// One thing that was wrong with an UPDATE, for the counter and the log line (RFC 7606 §6).
struct UpdateError {
  ErrorAction action = ErrorAction::Keep;
  std::uint8_t attribute = 0;  // code, 0 when it is not about one attribute
  std::string reason;          // words, with the RFC section
  net::Bytes octets;           // the whole offending attribute or field, bounded to 4,096 octets
};

/// Routes of one family announced with one next hop. Their labels, where the family has them, stand
/// with the NLRI: the attributes have none.
struct Reachable {
  net::Family family;
  net::IpAddress next_hop;
  std::optional<net::IpAddress> link_local_next_hop;
  NlriList nlri;

  /// Keeps the memory of the list.
  void clear();
};

struct Unreachable {
  net::Family family;
  NlriList nlri;

  void clear() { nlri.clear(); }
};

/// More errors of one message only count towards its strongest action.
inline constexpr std::size_t kMaxUpdateErrors = 32;

/// A decoded UPDATE. `attributes.next_hop` is unset: next hops stand with the NLRI, since an UPDATE
/// may carry IPv4 NLRI and MP_REACH_NLRI with different ones. After treat-as-withdraw, `reachable`
/// is empty and its prefixes stand in `unreachable`. A prefix in both is only in `reachable` (RFC
/// 4271 §4.3).
struct UpdateMessage {
  PathAttributes attributes;
  ReusedList<Reachable> reachable;
  ReusedList<Unreachable> unreachable;
  std::optional<net::Family> end_of_rib;
  std::vector<UpdateError> errors;  // at most kMaxUpdateErrors

  /// Octets of its buffers.
  std::size_t memory() const;

  /// Keeps all memory for the next message.
  void clear();
};

/// Decodes the body of an UPDATE (what follows the 19-octet header) into `message`, which is
/// cleared first. AS4_PATH and AS4_AGGREGATOR are merged (RFC 6793 §4.2.3). NLRI of families that
/// were not negotiated are left out. Whether the path is one that this neighbor may send (its first
/// AS, AS_SETs) is for import to say. A Notification means: send it and reset the session;
/// `message.errors` tells why.
std::expected<void, Notification> decode_update(net::ByteView body,
                                                const Negotiated& session,
                                                UpdateMessage& message);

/// How to write for one receiver or group of receivers.
struct EncodeOptions {
  bool four_octet_as = true;
  bool internal =
      false;  // LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are written only to internal peers
  bool add_path = false;
  std::size_t max_message = kMaxMessage;

  friend auto operator<=>(const EncodeOptions&, const EncodeOptions&) = default;
};

/// The path attributes of announcements in wire form, for any number of messages.
struct AttributeBlock {
  net::ByteView octets;     // all but MP_REACH_NLRI, as encode_attributes() wrote them
  net::IpAddress next_hop;  // what stands in MP_REACH_NLRI, where there is one
  std::optional<net::IpAddress> link_local_next_hop;
  std::optional<std::uint32_t> label;  // of the NLRI, in families that have labels

  /// True when messages with both are the same, octet for octet.
  friend bool operator==(const AttributeBlock& a, const AttributeBlock& b) {
    return a.next_hop == b.next_hop && a.link_local_next_hop == b.link_local_next_hop &&
           a.label == b.label && std::ranges::equal(a.octets, b.octets);
  }
};

/// Appends the octets of the block of attributes to `out`, by ascending code.
void encode_attributes(const AttributesView& attributes,
                       net::Family family,
                       const EncodeOptions& options,
                       net::Bytes& out);

/// Appends UPDATE messages that announce all of `nlri` (of one family, at least one) with the
/// attributes to `out`, as few as possible, each at most max_message octets with its header.
/// Returns false, with nothing appended, when the attributes leave no room for one NLRI, or when
/// the next hop is not an address of the family: the route must then be withdrawn from that
/// receiver (RFC 8654 §4). What the block refers to must not lie in `out`.
bool encode_announcements(const AttributeBlock& block,
                          net::Family family,
                          const NlriView& nlri,
                          const EncodeOptions& options,
                          net::Bytes& out);

/// The same with a block made for this call.
bool encode_announcements(const AttributesView& attributes,
                          net::Family family,
                          const NlriView& nlri,
                          const EncodeOptions& options,
                          net::Bytes& out);

/// Appends UPDATE messages that withdraw all of them: the withdrawn field for IPv4,
/// MP_UNREACH_NLRI else. Labels are not looked at.
void encode_withdrawals(net::Family family,
                        const NlriView& all,
                        const EncodeOptions& options,
                        net::Bytes& out);

/// Appends the End-of-RIB marker of a family (RFC 4724 §2).
void encode_end_of_rib(net::Family family, net::Bytes& out);

}  // namespace pipit::bgp
