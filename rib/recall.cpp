#include "rib/recall.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bgp/wire/nlri_fields.hpp"
#include "bgp/wire/update.hpp"
#include "rib/update_group.hpp"

namespace pipit::rib {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(2);

}  // namespace

Recall::~Recall() {
  loop_.cancel(*this);
}

void Recall::add(MemberId id, MemberOutput& output, Families member) {
  members_.push_back({.id = id, .output = &output, .families = member, .gone = {}});
  loop_.schedule(*this);
}

void Recall::forget(MemberId id) {
  std::erase_if(members_, [id](const One& one) { return one.id == id; });
}

bool Recall::run() {
  const net::TimePoint end = loop_.now() + kSlice;
  while (!members_.empty() && loop_.now() < end) {
    One& one = members_.front();
    if (const std::optional<net::Slice> slice = one.output->take_back()) {
      take_back(one, slice->view());
    } else {
      withdraw(one);
      MemberOutput& output = *one.output;
      members_.pop_front();
      output.recalled();
    }
  }
  return !members_.empty();
}

void Recall::take_back(One& one, net::ByteView octets) {
  for (net::ByteView message = bgp::first_message(octets); !message.empty();
       message = bgp::first_message(octets)) {
    octets = octets.subspan(message.size());
    for (const bgp::NlriField& field : bgp::nlri_fields(message)) {
      nlri_.clear();
      bgp::decode_nlri(field.octets, field.afi, false, nlri_);
      const std::size_t family = *net::family_index({field.afi, net::Safi::Unicast});
      Membership& member = *one.families[family];
      member.group->take_back(member, nlri_, one.gone[family]);
    }
  }
}

/// Before anything else is written: what a peer may have had for long, and what it never got.
void Recall::withdraw(One& one) {
  for (std::size_t i = 0; i < net::kFamilyCount; ++i) {
    std::vector<bgp::Nlri>& gone = one.gone[i];
    if (gone.empty()) {
      continue;
    }
    std::ranges::sort(gone);
    const auto twice = std::ranges::unique(gone);
    gone.erase(twice.begin(), twice.end());
    net::Bytes octets;
    const GroupKey& key = one.families[i]->group->key();
    bgp::encode_withdrawals(key.family, gone, key.encoding(), octets);
    const net::Slice slice = net::Slice::whole(std::move(octets));
    one.output->send({&slice, 1});
  }
}

}  // namespace pipit::rib
