// The codec's hot path: decoding and encoding UPDATEs like those of a full table. Counters are per
// prefix.
#include <benchmark/benchmark.h>

#include "bgp/wire/as_path.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/update.hpp"

using namespace pipit;
using namespace pipit::bgp;

namespace {

constexpr std::size_t kPrefixes = 100000;

Negotiated session() {
  Negotiated session;
  session.local_asn = 64500;
  session.peer_asn = 64501;
  session.four_octet_as = true;
  for (NegotiatedFamily& family : session.families) {
    family.active = true;
  }
  return session;
}

PathAttributes route(bool v6) {
  PathAttributes attributes;
  attributes.as_path = *parse_as_path("64501 3356 1299 65536 65550");
  attributes.next_hop = *net::IpAddress::parse(v6 ? "2001:db8::1" : "192.0.2.1");
  attributes.med = 10;
  for (std::uint32_t i = 0; i < 5; ++i) {
    net::ByteWriter(attributes.communities).u32(0xfc000000 + i);
  }
  return attributes;
}

std::vector<Nlri> prefixes(bool v6) {
  std::vector<Nlri> nlri;
  for (std::uint32_t i = 0; i < kPrefixes; ++i) {
    if (v6) {
      std::array<std::uint8_t, 16> octets{0x20, 0x01};
      octets[3] = static_cast<std::uint8_t>(i >> 16);
      octets[4] = static_cast<std::uint8_t>(i >> 8);
      octets[5] = static_cast<std::uint8_t>(i);
      nlri.push_back({net::Prefix(net::IpAddress::v6(octets), 48), 0});
    } else {
      nlri.push_back({net::Prefix(net::IpAddress::v4(0x0a000000 + (i << 8)), 24), 0});
    }
  }
  return nlri;
}

net::Family family_of(bool v6) {
  return v6 ? net::kIpv6Unicast : net::kIpv4Unicast;
}

/// A stream of UPDATEs with `per_message` prefixes each.
net::Bytes stream(bool v6, std::size_t per_message) {
  const PathAttributes attributes = route(v6);
  const std::vector<Nlri> nlri = prefixes(v6);
  net::Bytes out;
  for (std::size_t at = 0; at < nlri.size(); at += per_message) {
    const std::size_t count = std::min(per_message, nlri.size() - at);
    encode_announcements(attributes.view(), family_of(v6), std::span(nlri).subspan(at, count), {},
                         out);
  }
  return out;
}

void per_prefix(benchmark::State& state) {
  state.counters["per_prefix"] =
      benchmark::Counter(static_cast<double>(kPrefixes) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Arguments: IPv6 or not, prefixes in a message.
void decode(benchmark::State& state) {
  const net::Bytes octets = stream(state.range(0) != 0, static_cast<std::size_t>(state.range(1)));
  const Negotiated with = session();
  UpdateMessage message;
  std::size_t seen = 0;
  for (auto _ : state) {
    FrameBuffer buffer;
    const auto take = [&](const Frame& frame) {
      benchmark::DoNotOptimize(decode_update(frame.body, with, message));
      seen += message.reachable[0].nlri.size();
      return true;
    };
    benchmark::DoNotOptimize(buffer.feed(octets, take));
  }
  if (seen != kPrefixes * static_cast<std::size_t>(state.iterations())) {
    state.SkipWithError("prefixes were lost");
  }
  per_prefix(state);
}

/// Arguments: IPv6 or not, prefixes in a call.
void encode(benchmark::State& state) {
  const bool v6 = state.range(0) != 0;
  const auto per_call = static_cast<std::size_t>(state.range(1));
  const PathAttributes attributes = route(v6);
  const std::vector<Nlri> nlri = prefixes(v6);
  net::Bytes out;
  for (auto _ : state) {
    out.clear();
    for (std::size_t at = 0; at < nlri.size(); at += per_call) {
      const std::size_t count = std::min(per_call, nlri.size() - at);
      encode_announcements(attributes.view(), family_of(v6), std::span(nlri).subspan(at, count), {},
                           out);
    }
    benchmark::DoNotOptimize(out.data());
  }
  per_prefix(state);
}

void withdraw(benchmark::State& state) {
  const bool v6 = state.range(0) != 0;
  const std::vector<Nlri> nlri = prefixes(v6);
  net::Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_withdrawals(family_of(v6), nlri, {}, out);
    benchmark::DoNotOptimize(out.data());
  }
  per_prefix(state);
}

}  // namespace

BENCHMARK(decode)->ArgsProduct({{0, 1}, {1, 6, 100}})->Unit(benchmark::kMillisecond);
BENCHMARK(encode)->ArgsProduct({{0, 1}, {1, 6, 100, kPrefixes}})->Unit(benchmark::kMillisecond);
BENCHMARK(withdraw)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
