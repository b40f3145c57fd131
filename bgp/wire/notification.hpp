// NOTIFICATION codes and subcodes with their names (RFC 4271 §4.5, 4486, 6608, 7313, 8538, 9003,
// 9234, 9687).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "net/bytes.hpp"

namespace pipit::bgp {

inline constexpr std::size_t kMaxShutdownCommunication = 255;  // octets (RFC 9003 §2)

enum class ErrorCode : std::uint8_t {
  MessageHeader = 1,
  OpenMessage = 2,
  UpdateMessage = 3,
  HoldTimerExpired = 4,
  FiniteStateMachine = 5,
  Cease = 6,
  RouteRefresh = 7,
  SendHoldTimerExpired = 8,
};

/// Subcodes of Cease (RFC 4486, 8538, 9384).
enum class CeaseSubcode : std::uint8_t {
  MaximumPrefixesReached = 1,
  AdministrativeShutdown = 2,
  PeerDeconfigured = 3,
  AdministrativeReset = 4,
  ConnectionRejected = 5,
  OtherConfigurationChange = 6,
  ConnectionCollisionResolution = 7,
  OutOfResources = 8,
  HardReset = 9,
  BfdDown = 10,
};

/// The content of a NOTIFICATION message, sent or received.
struct Notification {
  ErrorCode code = ErrorCode::Cease;
  std::uint8_t subcode = 0;
  net::Bytes data;

  friend bool operator==(const Notification&, const Notification&) = default;
};

/// A Cease; for AdministrativeShutdown and AdministrativeReset `message` becomes the shutdown
/// communication of RFC 9003 (cut to 255 octets at a character boundary).
Notification cease(CeaseSubcode subcode, std::string_view message = {});

/// "Cease/Administrative Shutdown"; unknown numbers appear as numbers.
std::string name_of(const Notification& notification);

/// The shutdown communication of a Cease 2 or 4 (RFC 9003), escaped for logs; empty when there is
/// none or it is malformed.
std::string shutdown_communication(const Notification& notification);

/// name_of() plus the shutdown communication, or the data: in words where it has a known form, else
/// in hex.
std::string describe(const Notification& notification);

}  // namespace pipit::bgp
