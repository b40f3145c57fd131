#include "daemon/show/explain_neighbor.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <net/if.h>

#include "bgp/session/socket.hpp"
#include "bgp/wire/capability.hpp"
#include "daemon/show/explain.hpp"
#include "kernel/netlink/route_lookup.hpp"

namespace pipit::daemon {
namespace {

using policy::Step;
using std::chrono::duration_cast;
using std::chrono::seconds;
using Result = Step::Result;

/// Puts the steps together. Each may end the way: what is behind it is not come to.
class Way {
 public:
  Way(const Neighbor& neighbor, const KernelBridge& kernel, net::TimePoint now)
      : neighbor_(neighbor),
        kernel_(kernel),
        now_(now),
        options_(neighbor.config.session),
        status_(neighbor.peer->status()),
        trouble_(neighbor.peer->connect_trouble()) {}

  control::ExplainNeighborModel explain() {
    model_.neighbor = neighbor_.name();
    model_.state = std::string(bgp::to_string(status_.state));
    add_configuration();
    add_address();
    add_route();
    add_source();
    add_tcp();
    add_md5();
    add_ttl();
    add_open();
    add_capabilities();
    add_families();
    add_established();
    conclude();
    return std::move(model_);
  }

 private:
  void add(std::string_view stage, Result result, std::string text, std::string_view rule = {}) {
    if (!stopped_) {
      model_.steps.push_back(explain_step(stage, result, std::move(text), rule));
      stopped_ = result == Result::Stopped;
    }
  }

  void advise(std::string text) {
    if (!text.empty() && !stopped_) {
      model_.advice.push_back(std::move(text));
    }
  }

  bool connected() const { return status_.state >= bgp::State::OpenSent; }

  std::string age(net::TimePoint moment) const {
    return fmt::format("{}s ago", duration_cast<seconds>(now_ - moment).count());
  }

  void add_configuration();
  void add_address();
  void add_route();
  void add_source();
  void add_tcp();
  void add_md5();
  void add_ttl();
  void add_open();
  void add_capabilities();
  void add_families();
  void add_established();
  void conclude();

  const Neighbor& neighbor_;
  const KernelBridge& kernel_;
  net::TimePoint now_;
  const bgp::SessionOptions& options_;
  bgp::PeerStatus status_;
  std::optional<bgp::Dated<bgp::ConnectTrouble>> trouble_;
  control::ExplainNeighborModel model_;
  bool stopped_ = false;
};

std::string expected_as(const bgp::SessionOptions& options) {
  switch (options.expected_asn.kind) {
    case bgp::ExpectedAsn::Kind::Number:
      return fmt::format("AS {}", options.expected_asn.number);
    case bgp::ExpectedAsn::Kind::Internal:
      return fmt::format("AS {}", options.local_asn);
    case bgp::ExpectedAsn::Kind::External:
      break;
  }
  return fmt::format("any AS but {}", options.local_asn);
}

void Way::add_configuration() {
  if (status_.held_by == bgp::HeldBy::Administrator || options_.shutdown) {
    advise("`pipit neighbor " + neighbor_.name() + " enable`, or take `shutdown` out of the file");
    const std::string why = options_.shutdown.value_or("");
    add("configuration", Result::Stopped, why.empty() ? "shut down" : "shut down: " + why);
    return;
  }
  if (status_.held_by == bgp::HeldBy::Never) {
    advise("`pipit neighbor " + neighbor_.name() + " reset`, once the cause is mended");
    add("configuration", Result::Stopped,
        "held down until it is reset" +
            (status_.held_with ? ": " + bgp::describe(*status_.held_with) : std::string()));
    return;
  }
  add("configuration", Result::Passed,
      fmt::format("enabled, {}, expects {}", neighbor_.internal() ? "internal" : "external",
                  expected_as(options_)));
}

void Way::add_address() {
  const net::ScopedAddress& address = options_.address;
  if (!address.interface.empty() && ::if_nametoindex(address.interface.c_str()) == 0) {
    advise("check the interface behind the % of the address");
    add("address", Result::Stopped,
        fmt::format("{}: there is no interface {}", address.to_string(), address.interface));
    return;
  }
  add("address", Result::Passed, fmt::format("{} port {}", address.to_string(), options_.port));
}

void Way::add_route() {
  const auto answer = kernel::look_up_route(
      {.destination = options_.address.address,
       .source = {},
       .interface_index = ::if_nametoindex(options_.address.interface.c_str())});
  if (!answer) {
    advise("give this host a route to the neighbor");
    add("route", connected() ? Result::Noted : Result::Stopped, answer.error());
    return;
  }
  std::string text = answer->prefix.to_string();
  text += answer->gateway ? " via " + answer->gateway->to_string() : std::string(", on the link");
  text += " dev " + kernel_.interface_name(answer->interface_index);
  const bool too_far = answer->gateway && !answer->local && bgp::sent_ttl(options_) == 1;
  if (too_far && !connected()) {
    advise("set `multihop`, if the neighbor is meant to be behind a gateway");
    add("route", Result::Stopped,
        text + ": behind a gateway, but TTL 1 does not reach further than the link");
    return;
  }
  add("route", Result::Passed, std::move(text));
}

void Way::add_source() {
  if (!options_.local_address) {
    add("source-address", Result::Passed,
        status_.ends != nullptr ? status_.ends->local.to_string() + ", as the kernel chose"
                                : std::string("the kernel chooses"));
    return;
  }
  const std::string address = options_.local_address->to_string();
  if (trouble_ && trouble_->what.cause == bgp::ConnectCause::SourceAddress) {
    advise(bgp::advice(trouble_->what, options_));
    add("source-address", Result::Stopped, trouble_->what.text);
    return;
  }
  add("source-address", Result::Passed, address + ", as configured");
}

/// Of what is only likely the step that it is about tells.
void Way::add_tcp() {
  if (connected()) {
    add("tcp", Result::Passed,
        fmt::format("connected, {} port {} to {} port {}", status_.ends->local.to_string(),
                    status_.ends->local_port, status_.ends->remote.to_string(),
                    status_.ends->remote_port));
    return;
  }
  if (!trouble_) {
    const bool damped = status_.record->session_error().has_value();
    add("tcp", Result::Noted,
        damped ? "was connected, and waits to connect again"
               : "no answer yet, and too early to say more");
    return;
  }
  const bool only_likely = trouble_->what.suspicion != bgp::Suspicion::None;
  if (!only_likely) {
    advise(bgp::advice(trouble_->what, options_));
  }
  add("tcp", only_likely ? Result::Noted : Result::Stopped, trouble_->what.text);
}

void Way::add_md5() {
  using bgp::Suspicion;
  const Suspicion suspicion = trouble_ ? trouble_->what.suspicion : Suspicion::None;
  if (suspicion == Suspicion::Md5Missing || suspicion == Suspicion::Md5Wrong ||
      suspicion == Suspicion::Md5Unexpected) {
    advise(bgp::advice(trouble_->what, options_));
    add("md5", Result::Stopped,
        suspicion == Suspicion::Md5Missing ? "segments came without a signature: likely its"
        : suspicion == Suspicion::Md5Wrong ? "segments came with a wrong signature: likely its"
                                           : "signed segments came, and there is no password "
                                             "here: likely its",
        "RFC 2385");
    return;
  }
  add("md5", connected() || options_.password.empty() ? Result::Passed : Result::Noted,
      options_.password.empty() ? "no password"
      : connected()             ? "signed with the password, and so is what comes"
                    : "signed with the password; nothing came that was signed otherwise");
}

void Way::add_ttl() {
  const std::uint8_t least = bgp::minimum_ttl(options_);
  const std::string sent = fmt::format("sent with TTL {}", bgp::sent_ttl(options_));
  if (trouble_ && trouble_->what.suspicion == bgp::Suspicion::LowTtl) {
    advise(bgp::advice(trouble_->what, options_));
    add("ttl", Result::Stopped,
        fmt::format("{}; segments came with a TTL below {}: likely its", sent, least), "RFC 5082");
    return;
  }
  add("ttl", Result::Passed,
      least == 0 ? sent + ", any TTL is accepted"
                 : fmt::format("{}, at least {} is accepted", sent, least));
}

void Way::add_open() {
  const auto& error = status_.record->session_error();
  if (status_.received_open == nullptr && error && status_.record->open_has_failed()) {
    advise("make both sides agree on it; a change of the configuration is tried at once");
    add("open", Result::Stopped, fmt::format("{} ({})", error->what, age(error->at)),
        "RFC 4271 §6.2");
    return;
  }
  if (!connected() || status_.sent_open == nullptr) {
    add("open", Result::Noted,
        error ? fmt::format("the last session ended {}: {}", age(error->at), error->what)
              : std::string("none was sent"));
    return;
  }
  const bgp::Open& ours = *status_.sent_open;
  const std::string sent = fmt::format("sent AS {}, id {}, hold time {}s", ours.my_as,
                                       net::IpAddress::v4(ours.id).to_string(), ours.hold_time);
  if (status_.received_open == nullptr) {
    add("open", Result::Noted, sent + "; the neighbor's has not come yet");
    return;
  }
  const bgp::Open& theirs = *status_.received_open;
  add("open", Result::Passed,
      fmt::format("{}; received AS {}, id {}, hold time {}s", sent, theirs.my_as,
                  net::IpAddress::v4(theirs.id).to_string(), theirs.hold_time));
}

void Way::add_capabilities() {
  if (status_.received_open == nullptr) {
    return;
  }
  const auto names = [](const bgp::Capabilities& of, const bgp::Capabilities& without) {
    std::string text;
    std::vector<std::uint8_t> seen;
    for (const bgp::Capability& one : of) {
      const auto same = [&](const bgp::Capability& other) { return other.code == one.code; };
      const bool known = std::ranges::find(seen, one.code) != seen.end();
      if (!known && std::ranges::none_of(without, same)) {
        text += (text.empty() ? "" : ", ") + bgp::capability_name(one.code);
      }
      seen.push_back(one.code);
    }
    return text.empty() ? std::string("nothing") : text;
  };
  const bgp::Capabilities& ours = status_.sent_open->capabilities;
  const bgp::Capabilities& theirs = status_.received_open->capabilities;
  add("capabilities", Result::Passed,
      fmt::format("only we have {}; only the neighbor has {}", names(ours, theirs),
                  names(theirs, ours)));
}

void Way::add_families() {
  if (status_.negotiated == nullptr) {
    return;
  }
  std::string both;
  std::string missing;
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    if (options_.families[i]) {
      std::string& list = status_.negotiated->families[i].active ? both : missing;
      list += (list.empty() ? "" : ", ") + net::to_string(net::kFamilies[i]);
    }
  }
  if (missing.empty()) {
    add("families", Result::Passed, both);
    return;
  }
  advise(missing + ": configure it at the neighbor, too, or take it out of `families` here");
  add("families", Result::Noted,
      fmt::format("{}; {} is configured, but the neighbor offers {}", both, missing,
                  bgp::offered_families_text(*status_.received_open)));
}

void Way::add_established() {
  if (status_.established_at) {
    add("established", Result::Passed,
        fmt::format("for {}s, hold time {}s",
                    duration_cast<seconds>(now_ - *status_.established_at).count(),
                    status_.negotiated->hold_time.count()));
    return;
  }
  if (status_.held_until) {
    add("established", Result::Noted,
        fmt::format(
            "{}, tries again in {}s", model_.state,
            std::max(duration_cast<seconds>(*status_.held_until - now_), seconds{0}).count()));
    return;
  }
  add("established", Result::Noted, "not yet: " + model_.state);
}

void Way::conclude() {
  const auto end = std::ranges::find(model_.steps, Result::Stopped, &Step::result);
  if (end != model_.steps.end()) {
    model_.verdict = fmt::format("{}, at {}: {}", model_.state, end->stage, end->text);
  } else if (status_.established_at) {
    model_.verdict = "Established";
  } else {
    model_.verdict = model_.state + (trouble_ ? ": " + trouble_->what.text : ": on the way");
  }
}

}  // namespace

control::ExplainNeighborModel explain_neighbor(const Neighbor& neighbor,
                                               const KernelBridge& kernel,
                                               net::TimePoint now) {
  return Way(neighbor, kernel, now).explain();
}

}  // namespace pipit::daemon
