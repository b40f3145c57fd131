#include "bgp/session/connect_trouble.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include "bgp/session/socket.hpp"

namespace pipit::bgp {

namespace {

std::uint64_t grown(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

/// What the drops suggest, with their number: "likely another MD5 password: ...".
std::string suspicion_text(Suspicion suspicion,
                           const Unanswered& attempt,
                           const SessionOptions& options) {
  const auto dropped = [&](std::uint64_t number, std::string_view what) {
    return fmt::format("this host dropped {} {} in {}s", counted(number, "segment"), what,
                       attempt.dropped_in.count());
  };
  switch (suspicion) {
    case Suspicion::Md5Wrong:
      return "likely another MD5 password at the neighbor: " +
             dropped(attempt.dropped.md5_wrong, "with a wrong signature");
    case Suspicion::Md5Missing:
      return "likely no MD5 password at the neighbor: " +
             dropped(attempt.dropped.md5_missing, "without a signature");
    case Suspicion::Md5Unexpected:
      return "likely an MD5 password at the neighbor, and none here: " +
             dropped(attempt.dropped.md5_unexpected, "with a signature");
    case Suspicion::LowTtl:
      return "likely TTL security: " +
             dropped(attempt.dropped.low_ttl,
                     fmt::format("with a TTL below {}", minimum_ttl(options)));
    case Suspicion::None:
      break;
  }
  return {};
}

/// What would look the same from here.
std::string possibilities(const SessionOptions& options) {
  constexpr std::uint8_t kMaxTtl = 255;
  std::string text = options.password.empty() ? "a firewall, or an MD5 password there"
                                              : "a firewall, or another MD5 password there";
  text += sent_ttl(options) < kMaxTtl ? ", or TTL security there" : "";
  return text;
}

struct IcmpName {
  std::uint8_t code;
  std::string_view name;
};

constexpr std::array kUnreachable4{
    IcmpName{0, "network unreachable"},          IcmpName{1, "host unreachable"},
    IcmpName{2, "protocol unreachable"},         IcmpName{3, "port unreachable"},
    IcmpName{9, "network prohibited"},           IcmpName{10, "host prohibited"},
    IcmpName{13, "administratively prohibited"},
};
constexpr std::array kUnreachable6{
    IcmpName{0, "no route"},
    IcmpName{1, "administratively prohibited"},
    IcmpName{3, "address unreachable"},
    IcmpName{4, "port unreachable"},
    IcmpName{5, "source address failed policy"},
    IcmpName{6, "rejected by a route"},
};

std::string icmp_name(const IcmpError& icmp, bool v6) {
  const std::span<const IcmpName> names =
      v6 ? std::span<const IcmpName>(kUnreachable6) : std::span<const IcmpName>(kUnreachable4);
  for (const IcmpName& one : names) {
    if (one.code == icmp.code && icmp.type == (v6 ? 1 : 3)) {
      return std::string(one.name);
    }
  }
  return fmt::format("type {} code {}", icmp.type, icmp.code);
}

std::string who(const SessionOptions& options) {
  return fmt::format("{} port {}", options.address.to_string(), options.port);
}

}  // namespace

SegmentDrops operator-(const SegmentDrops& now, const SegmentDrops& before) {
  return {.md5_missing = grown(now.md5_missing, before.md5_missing),
          .md5_unexpected = grown(now.md5_unexpected, before.md5_unexpected),
          .md5_wrong = grown(now.md5_wrong, before.md5_wrong),
          .low_ttl = grown(now.low_ttl, before.low_ttl)};
}

Suspicion suspect(const SegmentDrops& dropped, const SessionOptions& options) {
  if (!options.password.empty() && dropped.md5_wrong != 0) {
    return Suspicion::Md5Wrong;
  }
  if (!options.password.empty() && dropped.md5_missing != 0) {
    return Suspicion::Md5Missing;
  }
  if (options.password.empty() && dropped.md5_unexpected != 0) {
    return Suspicion::Md5Unexpected;
  }
  return options.ttl_security && dropped.low_ttl != 0 ? Suspicion::LowTtl : Suspicion::None;
}

ConnectTrouble unanswered(const Unanswered& attempt, const SessionOptions& options) {
  ConnectTrouble trouble{
      .cause = ConnectCause::NoAnswer, .suspicion = suspect(attempt.dropped, options), .text = {}};
  const std::string time = fmt::format("{}s", attempt.time.count());
  if (options.passive) {
    trouble.text = fmt::format("passive, and no connection of the neighbor in {}", time);
  } else if (attempt.syns == 0) {
    trouble.text = fmt::format("no answer from {} in {}", who(options), time);
  } else {
    trouble.text =
        fmt::format("{} to {} unanswered in {}", counted(attempt.syns, "SYN"), who(options), time);
  }
  if (trouble.suspicion != Suspicion::None) {
    trouble.text += "; " + suspicion_text(trouble.suspicion, attempt, options);
  } else if (!options.passive) {
    trouble.text += ": " + possibilities(options);
  }
  return trouble;
}

ConnectTrouble icmp_trouble(const IcmpError& icmp, const SessionOptions& options) {
  constexpr std::uint8_t kTimeExceeded4 = 11;
  constexpr std::uint8_t kTimeExceeded6 = 3;
  const bool v6 = icmp.from.is_v6();
  if (icmp.type == (v6 ? kTimeExceeded6 : kTimeExceeded4)) {
    return {.cause = ConnectCause::HopLimit,
            .text = fmt::format("TTL {} ran out at {}: the neighbor is further away",
                                sent_ttl(options), icmp.from.to_string())};
  }
  if (icmp.from_us) {
    return {.cause = ConnectCause::Unresolved,
            .text = fmt::format("no answer to {} for {} or its gateway",
                                v6 ? "neighbor discovery" : "ARP", options.address.to_string())};
  }
  return {.cause = ConnectCause::Unreachable,
          .text = fmt::format("unreachable: ICMP {} from {}", icmp_name(icmp, v6),
                              icmp.from.to_string())};
}

ConnectTrouble connect_trouble(int error, bool at_once, const SessionOptions& options) {
  const std::string address = options.address.to_string();
  if (!at_once) {
    switch (error) {
      case ECONNREFUSED:
        return {.cause = ConnectCause::Refused,
                .text = fmt::format("connection refused: RST from {}", who(options))};
      case ETIMEDOUT:
        return {.cause = ConnectCause::NoAnswer,
                .text = fmt::format("no answer from {}: {}", who(options), possibilities(options))};
      case EHOSTUNREACH:
      case ENETUNREACH:
        return {.cause = ConnectCause::Unreachable, .text = "unreachable: " + error_text(error)};
      default:
        return {.text = error_text(error)};
    }
  }
  switch (error) {
    case ENETUNREACH:
      return {.cause = ConnectCause::NoRoute, .text = "no route to " + address};
    case EHOSTUNREACH:
      return {.cause = ConnectCause::NoRoute,
              .text = fmt::format("the route to {} is unreachable", address)};
    case EACCES:
      return {.cause = ConnectCause::NoRoute,
              .text = fmt::format("the route to {} is prohibit", address)};
    case EINVAL:
      return {.cause = ConnectCause::NoRoute,
              .text = fmt::format("the route to {} is blackhole", address)};
    case ECONNREFUSED:
      return {.cause = ConnectCause::Refused,
              .text = fmt::format("connection refused: RST from {}", who(options))};
    case EADDRNOTAVAIL:
      return {.cause = ConnectCause::SourceAddress,
              .text = fmt::format("no source address for {}", address)};
    default:
      return {.text = error_text(error)};
  }
}

std::string advice(const ConnectTrouble& trouble, const SessionOptions& options) {
  switch (trouble.suspicion) {
    case Suspicion::Md5Wrong:
      return "compare `password` on both sides";
    case Suspicion::Md5Missing:
      return "set the password at the neighbor, too, or remove `password` here";
    case Suspicion::Md5Unexpected:
      return "set `password` here, or remove the password at the neighbor";
    case Suspicion::LowTtl:
      return "have the neighbor send TTL 255 (TTL security on both sides), or allow for more hops "
             "in `ttl-security`";
    case Suspicion::None:
      break;
  }
  switch (trouble.cause) {
    case ConnectCause::NoAnswer:
      return options.passive ? "have the neighbor connect, or remove `passive`"
                             : "look for a firewall on the way, and compare `password` and "
                               "`ttl-security` on both sides";
    case ConnectCause::Refused:
      return fmt::format("start BGP at the neighbor and have it listen on port {} of {}",
                         options.port, options.address.address.to_string());
    case ConnectCause::Unreachable:
      return "mend the route or the filter at the router that says so";
    case ConnectCause::Unresolved:
      return "check the address, the link and the VLAN: nobody there has this address";
    case ConnectCause::HopLimit:
      return "set `multihop` to the number of hops, if the neighbor is meant to be that far away";
    case ConnectCause::NoRoute:
      return "give this host a route to the neighbor";
    case ConnectCause::SourceAddress:
      return "put the address on an interface, or change `local-address`";
    case ConnectCause::Interface:
      return "check the interface behind the % of the address";
    case ConnectCause::Closed:
      return "read the neighbor's log: it may not have this address as a neighbor";
    case ConnectCause::Other:
      break;
  }
  return {};
}

}  // namespace pipit::bgp
