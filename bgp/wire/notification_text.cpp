// NOTIFICATIONs in words. Their data is decoded where a format is defined or customary, so that a
// log line says what this side expected and what the neighbor sent.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "bgp/wire/attributes.hpp"
#include "bgp/wire/capability.hpp"
#include "bgp/wire/notification.hpp"
#include "bgp/wire/open.hpp"
#include "net/address.hpp"
#include "net/hex.hpp"
#include "net/log.hpp"

namespace pipit::bgp {
namespace {

constexpr std::size_t kShownData = 64;  // octets of data that are shown in hex
constexpr std::size_t kShownCapabilities = 16;

std::string shown(net::ByteView octets) {
  std::string text = net::hex(octets.first(std::min(octets.size(), kShownData)));
  if (octets.size() > kShownData) {
    text += fmt::format("... ({} octets)", octets.size());
  }
  return text;
}

/// A whole number of 2 or 4 octets; nullopt: the data is something else.
std::optional<std::uint32_t> number(net::ByteView data) {
  net::ByteReader reader(data);
  return data.size() == 2   ? std::optional<std::uint32_t>(reader.u16())
         : data.size() == 4 ? std::optional(reader.u32())
                            : std::nullopt;
}

/// The capabilities in the data of 2/7 (RFC 5492 §5); empty: they make no sense.
std::string capabilities_text(net::ByteView data) {
  std::string text;
  net::ByteReader reader(data);
  for (std::size_t shown = 0; !reader.empty() && shown < kShownCapabilities; ++shown) {
    Capability capability{.code = reader.u8(), .value = {}};
    const net::ByteView value = reader.take(reader.u8());
    if (!reader.ok()) {
      return {};
    }
    capability.value.assign(value.begin(), value.end());
    text += (text.empty() ? "" : ", ") + to_string(capability);
  }
  return reader.empty() ? text : text + ", ...";
}

/// RFC 4271 §6.1: the erroneous Length or Type field.
std::string header_text(const Notification& notification) {
  constexpr std::uint8_t kLength = 2;
  constexpr std::uint8_t kType = 3;
  const net::ByteView data = notification.data;
  if (notification.subcode == kLength && data.size() == 2) {
    return fmt::format("length {}", *number(data));
  }
  return notification.subcode == kType && data.size() == 1 ? fmt::format("type {}", data[0]) : "";
}

/// RFC 4271 §6.2. Data of 2/2, 2/3 and 2/6 is not defined; those who send some repeat what they
/// did not like.
std::string open_text(const Notification& notification) {
  const net::ByteView data = notification.data;
  const std::optional<std::uint32_t> value = number(data);
  switch (static_cast<OpenSubcode>(notification.subcode)) {
    case OpenSubcode::UnsupportedVersion:
      return data.size() == 2 ? fmt::format("version {} is the highest supported", *value) : "";
    case OpenSubcode::BadPeerAs:
      return value ? fmt::format("not AS {}", *value) : "";
    case OpenSubcode::BadIdentifier:
      return data.size() == 4 ? fmt::format("not {}", net::IpAddress::v4(*value).to_string()) : "";
    case OpenSubcode::UnacceptableHoldTime:
      return data.size() == 2 ? fmt::format("not {}s", *value) : "";
    case OpenSubcode::UnsupportedCapability:
      return capabilities_text(data);
    case OpenSubcode::Unspecific:
    case OpenSubcode::UnsupportedParameter:
      break;
  }
  return {};
}

/// RFC 4486 §4: family and limit; RFC 8538 §3.1: the NOTIFICATION that Hard Reset wraps.
std::string cease_text(const Notification& notification) {
  net::ByteReader reader(notification.data);
  if (notification.subcode == static_cast<std::uint8_t>(CeaseSubcode::MaximumPrefixesReached) &&
      notification.data.size() == 7) {
    const auto afi = static_cast<net::Afi>(reader.u16());
    const net::Family family{afi, static_cast<net::Safi>(reader.u8())};
    return fmt::format("{}, limit {}", net::to_string(family), reader.u32());
  }
  if (notification.subcode == static_cast<std::uint8_t>(CeaseSubcode::HardReset) &&
      notification.data.size() >= 2) {
    const Notification wrapped{.code = static_cast<ErrorCode>(notification.data[0]),
                               .subcode = notification.data[1],
                               .data = {}};
    return name_of(wrapped);
  }
  return {};
}

/// RFC 4271 §6.3: the attribute as it came.
std::string update_text(const Notification& notification) {
  const net::ByteView data = notification.data;
  const bool attribute = data.size() >= 3;
  return attribute ? fmt::format("{} {}", attribute_name(data[1]), shown(data)) : "";
}

std::string data_text(const Notification& notification) {
  switch (notification.code) {
    case ErrorCode::MessageHeader:
      return header_text(notification);
    case ErrorCode::OpenMessage:
      return open_text(notification);
    case ErrorCode::UpdateMessage:
      return update_text(notification);
    case ErrorCode::Cease:
      return cease_text(notification);
    case ErrorCode::HoldTimerExpired:
    case ErrorCode::FiniteStateMachine:
    case ErrorCode::RouteRefresh:
    case ErrorCode::SendHoldTimerExpired:
      break;
  }
  return {};
}

}  // namespace

std::string describe(const Notification& notification) {
  std::string text = name_of(notification);
  if (const std::string message = shutdown_communication(notification); !message.empty()) {
    return text + ": \"" + message + '"';
  }
  if (notification.data.empty()) {
    return text;
  }
  if (const std::string words = data_text(notification); !words.empty()) {
    return text + ": " + words;
  }
  return text + ", data " + shown(notification.data);
}

}  // namespace pipit::bgp
