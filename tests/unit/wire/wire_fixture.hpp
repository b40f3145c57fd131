// What the codec's tests share: octets out of hex, sessions, and UPDATE bodies put together by
// hand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bgp/wire/negotiated.hpp"
#include "bgp/wire/update.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp::test {

/// Octets of hex digits; blanks are ignored.
inline net::Bytes hex(std::string_view text) {
  net::Bytes octets;
  int high = -1;
  for (const char c : text) {
    const std::string_view digits = "0123456789abcdef";
    const std::size_t digit = digits.find(c);
    if (digit == std::string_view::npos) {
      continue;
    }
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      octets.push_back(static_cast<std::uint8_t>(high * 16 + static_cast<int>(digit)));
      high = -1;
    }
  }
  return octets;
}

inline std::string to_hex(net::ByteView octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

/// All families, 4-octet AS numbers; the peer is AS 64501 (eBGP) or 64500 (iBGP).
inline Negotiated session(bool external) {
  Negotiated session;
  session.local_asn = 64500;
  session.peer_asn = external ? 64501 : 64500;
  session.four_octet_as = true;
  for (NegotiatedFamily& family : session.families) {
    family.active = true;
  }
  return session;
}

inline Negotiated ebgp() {
  return session(true);
}

inline Negotiated ibgp() {
  return session(false);
}

/// The body of an UPDATE.
inline net::Bytes update_body(const net::Bytes& withdrawn,
                              const net::Bytes& attributes,
                              const net::Bytes& nlri) {
  net::Bytes body;
  net::ByteWriter writer(body);
  writer.u16(static_cast<std::uint16_t>(withdrawn.size()));
  writer.bytes(withdrawn);
  writer.u16(static_cast<std::uint16_t>(attributes.size()));
  writer.bytes(attributes);
  writer.bytes(nlri);
  return body;
}

struct Decoded {
  UpdateMessage message;
  std::optional<Notification> reset;

  /// The strongest action among the errors.
  ErrorAction action() const {
    ErrorAction strongest = ErrorAction::Keep;
    for (const UpdateError& error : message.errors) {
      strongest = std::max(strongest, error.action);
    }
    return strongest;
  }
};

inline Decoded decode(const net::Bytes& body, const Negotiated& with) {
  Decoded decoded;
  const auto result = decode_update(body, with, decoded.message);
  if (!result) {
    decoded.reset = result.error();
  }
  return decoded;
}

inline net::Prefix prefix(std::string_view text) {
  return net::Prefix::parse(text).value();
}

inline net::IpAddress address(std::string_view text) {
  return net::IpAddress::parse(text).value();
}

/// Prefixes as text, for short comparisons.
inline std::string text_of(const NlriView& nlri) {
  std::string text;
  for (const Nlri& item : nlri.prefixes()) {
    text += (text.empty() ? "" : " ") + item.prefix.to_string();
    if (item.path_id != 0) {
      text += '#' + std::to_string(item.path_id);
    }
  }
  return text;
}

/// A whole message's body.
inline net::ByteView body_of(net::ByteView message) {
  return message.subspan(kHeaderSize);
}

}  // namespace pipit::bgp::test
