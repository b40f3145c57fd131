#include "rib/out/recall.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bgp/wire/family_table.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "bgp/wire/update.hpp"
#include "net/slice_budget.hpp"
#include "rib/out/update_group.hpp"

namespace pipit::rib {
namespace {

constexpr auto kSlice = std::chrono::milliseconds(2);

/// Prefixes that are sorted and encoded at a time, well within a slice.
constexpr std::size_t kBatch = 8192;

}  // namespace

Recall::~Recall() {
  loop_.cancel(*this);
}

void Recall::add(MemberId id, MemberOutput& output, Families member) {
  members_.push_back({.id = id, .output = &output, .families = member});
  loop_.schedule(*this);
}

void Recall::forget(MemberId id) {
  std::erase_if(members_, [id](const One& one) { return one.id == id; });
}

bool Recall::run() {
  const net::SliceBudget budget(loop_, kSlice);
  while (!members_.empty() && !budget.spent()) {
    One& one = members_.front();
    if (const std::optional<net::Slice> slice = one.output->take_back()) {
      take_back(one, slice->view());
    } else {
      finish(one);
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
      bgp::family_row(field.family)
          .nlri.decode(field.octets, false, bgp::NlriUse::Withdrawn, nlri_);
      const std::size_t family = *net::family_index(field.family);
      Membership& member = *one.families[family];
      member.group->take_back(member, nlri_, one.gone[family]);
      if (one.gone[family].size() >= kBatch) {
        encode(one, family);
      }
    }
  }
}

/// Turns the prefixes that are gone into withdrawals. A prefix that several slices of the queue
/// named may be withdrawn more than once: telling so of millions would take a turn of its own.
void Recall::encode(One& one, std::size_t family) {
  bgp::NlriList& gone = one.gone[family];
  gone.erase_repeated();
  net::Bytes octets;
  const GroupKey& key = one.families[family]->group->key();
  bgp::encode_withdrawals(key.family, gone, key.encoding(), octets);
  one.withdrawals.push_back(net::Slice::whole(std::move(octets)));
  gone.clear();
}

/// Withdraws before anything else is written: prefixes that the peer may have had for long, and
/// those that it never got.
void Recall::finish(One& one) {
  for (std::size_t family = 0; family < net::kFamilyCount; ++family) {
    if (!one.gone[family].empty()) {
      encode(one, family);
    }
  }
  if (!one.withdrawals.empty()) {
    one.output->send(one.withdrawals);
  }
}

}  // namespace pipit::rib
