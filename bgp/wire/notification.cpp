#include "bgp/wire/notification.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "net/log.hpp"

namespace pipit::bgp {
namespace {

/// Names by subcode; an empty one has no name.
using Names = std::span<const std::string_view>;

constexpr std::string_view kHeaderNames[] = {"Unspecific", "Connection Not Synchronized",
                                             "Bad Message Length", "Bad Message Type"};
constexpr std::string_view kOpenNames[] = {"Unspecific",
                                           "Unsupported Version Number",
                                           "Bad Peer AS",
                                           "Bad BGP Identifier",
                                           "Unsupported Optional Parameter",
                                           "",
                                           "Unacceptable Hold Time",
                                           "Unsupported Capability",
                                           "",
                                           "",
                                           "",
                                           "Role Mismatch"};
constexpr std::string_view kUpdateNames[] = {"Unspecific",
                                             "Malformed Attribute List",
                                             "Unrecognized Well-known Attribute",
                                             "Missing Well-known Attribute",
                                             "Attribute Flags Error",
                                             "Attribute Length Error",
                                             "Invalid ORIGIN Attribute",
                                             "",
                                             "Invalid NEXT_HOP Attribute",
                                             "Optional Attribute Error",
                                             "Invalid Network Field",
                                             "Malformed AS_PATH"};
constexpr std::string_view kFsmNames[] = {"Unspecified Error",
                                          "Receive Unexpected Message in OpenSent State",
                                          "Receive Unexpected Message in OpenConfirm State",
                                          "Receive Unexpected Message in Established State"};
constexpr std::string_view kCeaseNames[] = {"Unspecific",
                                            "Maximum Number of Prefixes Reached",
                                            "Administrative Shutdown",
                                            "Peer De-configured",
                                            "Administrative Reset",
                                            "Connection Rejected",
                                            "Other Configuration Change",
                                            "Connection Collision Resolution",
                                            "Out of Resources",
                                            "Hard Reset",
                                            "BFD Down"};
constexpr std::string_view kRefreshNames[] = {"", "Invalid Message Length"};

struct CodeRow {
  ErrorCode code;
  std::string_view name;
  Names subcodes;
};

constexpr CodeRow kCodes[] = {
    {ErrorCode::MessageHeader, "Message Header Error", kHeaderNames},
    {ErrorCode::OpenMessage, "OPEN Message Error", kOpenNames},
    {ErrorCode::UpdateMessage, "UPDATE Message Error", kUpdateNames},
    {ErrorCode::HoldTimerExpired, "Hold Timer Expired", {}},
    {ErrorCode::FiniteStateMachine, "Finite State Machine Error", kFsmNames},
    {ErrorCode::Cease, "Cease", kCeaseNames},
    {ErrorCode::RouteRefresh, "ROUTE-REFRESH Message Error", kRefreshNames},
    {ErrorCode::SendHoldTimerExpired, "Send Hold Timer Expired", {}},
};

bool carries_communication(std::uint8_t subcode) {
  return subcode == static_cast<std::uint8_t>(CeaseSubcode::AdministrativeShutdown) ||
         subcode == static_cast<std::uint8_t>(CeaseSubcode::AdministrativeReset);
}

/// The longest start of `text` within the limit that does not cut a UTF-8 character.
std::string_view cut(std::string_view text) {
  std::size_t size = std::min(text.size(), kMaxShutdownCommunication);
  const auto inside = [&] {
    return size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80;
  };
  for (int i = 0; i < 3 && size > 0 && inside(); ++i) {
    --size;
  }
  return text.substr(0, size);
}

}  // namespace

Notification cease(CeaseSubcode subcode, std::string_view message) {
  Notification notification{
      .code = ErrorCode::Cease, .subcode = static_cast<std::uint8_t>(subcode), .data = {}};
  const std::string_view text = cut(message);
  if (carries_communication(notification.subcode) && !text.empty()) {
    notification.data.resize(1 + text.size());
    notification.data[0] = static_cast<std::uint8_t>(text.size());
    std::copy(text.begin(), text.end(), notification.data.begin() + 1);
  }
  return notification;
}

std::string name_of(const Notification& notification) {
  const auto row = std::find_if(std::begin(kCodes), std::end(kCodes), [&](const CodeRow& known) {
    return known.code == notification.code;
  });
  if (row == std::end(kCodes)) {
    return fmt::format("code {} subcode {}", static_cast<unsigned>(notification.code),
                       notification.subcode);
  }
  if (notification.subcode < row->subcodes.size() && !row->subcodes[notification.subcode].empty()) {
    return fmt::format("{}/{}", row->name, row->subcodes[notification.subcode]);
  }
  if (notification.subcode == 0) {
    return std::string(row->name);
  }
  return fmt::format("{}/subcode {}", row->name, notification.subcode);
}

std::string shutdown_communication(const Notification& notification) {
  const net::ByteView data = notification.data;
  if (notification.code != ErrorCode::Cease || !carries_communication(notification.subcode) ||
      data.empty() || data[0] == 0 || data[0] > data.size() - 1) {
    return {};
  }
  const std::string text(data.begin() + 1, data.begin() + 1 + data[0]);
  return net::escaped(text, kMaxShutdownCommunication);
}

}  // namespace pipit::bgp
