#include "bgp/session/ttl_guard.hpp"

#include <array>
#include <cerrno>
#include <vector>

#include <linux/filter.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "bgp/session/socket.hpp"

namespace pipit::bgp {

namespace {

using Program = std::vector<sock_filter>;
using Guarded = std::multiset<std::pair<net::IpAddress, std::uint8_t>>;

constexpr std::uint32_t kWhole = 0xffffffff;  // the whole segment
constexpr std::uint32_t kHeadersOnly = 1;     // TCP keeps its header in any case
constexpr auto kNetworkHeader = static_cast<std::uint32_t>(SKF_NET_OFF);

/// Where a header has its TTL and its source.
struct Layout {
  std::uint32_t ttl;
  std::uint32_t source;
};

constexpr Layout kIpv4{.ttl = 8, .source = 12};
constexpr Layout kIpv6{.ttl = 7, .source = 8};

sock_filter load(std::uint16_t size, std::uint32_t offset) {
  return {.code = static_cast<std::uint16_t>(BPF_LD | size | BPF_ABS),
          .jt = 0,
          .jf = 0,
          .k = kNetworkHeader + offset};
}

sock_filter jump(std::uint16_t test, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
  return {
      .code = static_cast<std::uint16_t>(BPF_JMP | test | BPF_K), .jt = yes, .jf = no, .k = value};
}

sock_filter give(std::uint32_t octets) {
  return {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = octets};
}

/// Segments of `source` keep their data only with that TTL or more; others go on to what follows.
void add_rule(Program& program, const net::IpAddress& source, std::uint8_t least) {
  constexpr std::uint8_t kVerdict = 4;  // instructions
  const Layout layout = source.is_v4() ? kIpv4 : kIpv6;
  const auto octets = source.octets();
  const std::size_t words = octets.size() / 4;
  for (std::size_t word = 0; word < words; ++word) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = (value << 8) | octets[4 * word + i];
    }
    const std::size_t behind = 2 * (words - word - 1) + kVerdict;
    program.push_back(load(BPF_W, layout.source + static_cast<std::uint32_t>(4 * word)));
    program.push_back(jump(BPF_JEQ, value, 0, static_cast<std::uint8_t>(behind)));
  }
  program.push_back(load(BPF_B, layout.ttl));
  program.push_back(jump(BPF_JGE, least, 1, 0));
  program.push_back(give(kHeadersOnly));
  program.push_back(give(kWhole));
}

Program filter_of(const Guarded& guarded) {
  Program program;
  for (const auto& [source, least] : guarded) {
    add_rule(program, source, least);
  }
  program.push_back(give(kWhole));
  return program;
}

}  // namespace

void TtlGuard::add(const SessionOptions& options) {
  const net::IpAddress& address = options.address.address;
  Neighbors& neighbors = neighbors_[address.afi()];
  const std::uint8_t least = minimum_ttl(options);
  neighbors.ttls.insert(least);
  if (least != 0) {
    neighbors.guarded.emplace(address, least);
    ++neighbors.changes;
  }
}

void TtlGuard::remove(const SessionOptions& options) {
  const net::IpAddress& address = options.address.address;
  Neighbors& neighbors = neighbors_[address.afi()];
  const std::uint8_t least = minimum_ttl(options);
  neighbors.ttls.erase(neighbors.ttls.find(least));
  if (least != 0) {
    neighbors.guarded.erase(neighbors.guarded.find({address, least}));
    ++neighbors.changes;
  }
}

TtlGuard::Demand TtlGuard::demand(net::Afi afi) const {
  const auto found = neighbors_.find(afi);
  if (found == neighbors_.end() || found->second.guarded.empty()) {
    return {};
  }
  const Neighbors& neighbors = found->second;
  const std::uint8_t least = *neighbors.ttls.begin();
  return {.least = least, .mixed = *neighbors.ttls.rbegin() > least, .filter = neighbors.changes};
}

std::expected<void, std::string> TtlGuard::apply(int fd, net::Afi afi, const Demand& before) const {
  const Demand now = demand(afi);
  std::expected<void, std::string> result;
  if (now.least != before.least) {
    result = set_minimum_ttl(fd, afi, now.least);
  }
  const int keep = now.mixed ? 1 : 0;
  if (now.mixed != before.mixed &&
      ::setsockopt(fd, IPPROTO_TCP, TCP_SAVE_SYN, &keep, sizeof keep) != 0) {
    result = std::unexpected("TCP_SAVE_SYN: " + error_text(errno));
  }
  if (now.filter == before.filter) {
    return result;
  }
  if (now.filter == 0) {
    detach_filter(fd);
    return result;
  }
  if (auto attached = attach(fd, afi); !attached) {
    return attached;
  }
  return result;
}

std::expected<void, std::string> TtlGuard::attach(int fd, net::Afi afi) const {
  Program program = filter_of(neighbors_.at(afi).guarded);
  if (program.size() > BPF_MAXINSNS) {
    detach_filter(fd);
    return std::unexpected("too many neighbors have ttl-security for a filter of their segments");
  }
  const sock_fprog filter{.len = static_cast<unsigned short>(program.size()),
                          .filter = program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0) {
    return std::unexpected("SO_ATTACH_FILTER: " + error_text(errno));
  }
  return {};
}

std::optional<std::uint8_t> syn_ttl(int fd) {
  constexpr std::uint8_t kVersion4 = 4;
  constexpr std::uint8_t kVersion6 = 6;
  std::array<std::uint8_t, 1024> headers{};  // of the network, with extensions, and of TCP
  socklen_t length = headers.size();
  if (::getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, headers.data(), &length) != 0 ||
      length <= kIpv4.ttl) {
    return std::nullopt;
  }
  // The hop limit stands in the fixed header, before all extension headers.
  const std::uint8_t version = headers[0] >> 4;
  return version == kVersion4   ? std::optional(headers[kIpv4.ttl])
         : version == kVersion6 ? std::optional(headers[kIpv6.ttl])
                                : std::nullopt;
}

void detach_filter(int fd) {
  const int unused = 0;
  (void)::setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

}  // namespace pipit::bgp
