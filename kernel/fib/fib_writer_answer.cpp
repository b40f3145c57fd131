#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "kernel/fib/fib_writer_impl.hpp"
#include "net/log.hpp"

namespace pipit::kernel {

RouteKey FibWriter::Impl::place(const Sent& item) const {
  return item.body == kNoBody ? item.stray : table.key(item.id, item.body);
}

bool FibWriter::Impl::stands_at(FibId id, const RouteKey& key) const {
  return table[id].actual != kNoBody && table.key(id, table[id].actual) == key;
}

void FibWriter::Impl::on_answered() {
  const int error = sender->take();
  unheard = true;
  if (error != 0) {
    // The kernel is short of memory for the moment: nothing of the batch was carried out.
    ++counters.errors;
    stuck = true;
  }
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const Sent& item = sent[i];
    if (item.body != kNoBody) {
      table.set_in_flight(item.id, false);
    }
    if (error != 0) {
      on_unsent(item);
    } else {
      on_answer(item, sender->request().answers()[i]);
    }
    if (item.body != kNoBody) {
      table.release(item.body);
    }
  }
  sent.clear();
  disturbed.clear();
  if (std::exchange(retry_all_after_batch, false)) {
    retry_all();
  }
}

void FibWriter::Impl::on_answer(const Sent& item, const FibRequest::Answer& answer) {
  if (item.action == Sent::Action::DeleteLeg) {
    if (answer.error != 0 && answer.error != ESRCH) {
      log_error(item.stray.prefix, answer.text);
    }
  } else if (!answer.known) {
    on_lost(item);
  } else if (item.adds() && answer.error == 0) {
    on_added(item);
  } else if (!item.adds() && (answer.error == 0 || answer.error == ESRCH)) {
    on_deleted(item);
  } else {
    on_error(item, answer);
  }
}

void FibWriter::Impl::on_unsent(const Sent& item) {
  if (item.action == Sent::Action::DeleteStray || item.action == Sent::Action::Force) {
    on_lost(item);  // as doubtful as before
  } else if (item.body != kNoBody) {
    consider(item.id);
  }
}

void FibWriter::Impl::on_lost(const Sent& item) {
  const RouteKey key = place(item);
  doubt(key);
  if (const FibId id = table.find(key.prefix); id != kNoFibId) {
    consider(id);
  }
}

void FibWriter::Impl::doubt(const RouteKey& key) {
  const FibId id = table.find(key.prefix);
  if (id != kNoFibId) {
    const FibEntry& entry = table[id];
    const FibBodyId next = entry.wanted != kNoBody ? entry.wanted : entry.actual;
    if (next != kNoBody && table.key(id, next) == key) {
      table.set_uncertain(id, true);
      return;
    }
    if (stands_at(id, key)) {
      table.set_actual(id, nullptr);
    }
  }
  strays.add(key, std::nullopt);
  if (id == kNoFibId || table[id].wanted == kNoBody) {
    strays.release(key);
    wake();
  }
}

void FibWriter::Impl::on_added(const Sent& item) {
  const RouteKey key = place(item);
  FibEntry& entry = table[item.id];
  ++counters.written;
  entry.stale = false;
  if (disturbed.contains(key) && entry.actual != item.body) {
    doubt(key);
    if (entry.wanted == item.body) {
      repair(item.id);
      return;
    }
  } else {
    strays.erase(key);
    if (entry.actual != kNoBody && !table.same_place(entry.actual, item.body)) {
      strays.add(table.key(item.id, entry.actual), table.body(entry.actual).route, entry.found);
    }
    table.confirm(item.id, item.body);
    entry.found = false;
    if (entry.wanted == kNoBody) {
      strays.release(key.prefix);
    }
  }
  take_stray(item.id);
  consider(item.id);
}

void FibWriter::Impl::on_deleted(const Sent& item) {
  ++counters.removed;
  const RouteKey key = place(item);
  const FibId id = table.find(key.prefix);
  if (id != kNoFibId && disturbed.contains(key)) {
    if (stands_at(id, key)) {
      doubt(key);
      consider(id);
      return;
    }
  } else if (item.action == Sent::Action::Delete) {
    strays.erase(key);
    if (stands_at(id, key)) {
      table.set_actual(id, nullptr);
    }
  }
  if (item.action == Sent::Action::Delete) {
    consider(id);
  }
}

void FibWriter::Impl::on_error(const Sent& item, const FibRequest::Answer& answer) {
  ++counters.errors;
  const RouteKey key = place(item);
  if (item.action == Sent::Action::DeleteStray) {
    log_error(key.prefix, answer.text);
    return;
  }
  const bool told = disturbed.contains(key);
  if (item.action == Sent::Action::Replace && answer.error == ENOENT) {
    // It went before the monitor could tell: make it anew.
    if (!told) {
      strays.erase(key);
      if (stands_at(item.id, key)) {
        table.set_actual(item.id, nullptr);
      }
    }
    consider(item.id);
    return;
  }
  if (item.action == Sent::Action::Add && answer.error == EEXIST) {
    if (told && stands_at(item.id, key)) {
      consider(item.id);
      return;
    }
    // A route that the monitor does not know of. If it is another program's it will by the next
    // attempt; else it is ours.
    doubt(key);
  } else if (item.action == Sent::Action::Force ||
             (item.action == Sent::Action::Replace && key.prefix.address().is_v6())) {
    doubt(key);  // IPv6 may have replaced some of the legs
  }
  if (!flushing) {
    log_error(key.prefix, answer.text);
  }
  if (table[item.id].wanted == (item.adds() ? item.body : kNoBody)) {
    troubles.add(item.id, answer.text, loop.now());
  } else {
    consider(item.id);
  }
}

void FibWriter::Impl::warn_of_deletion(const RouteKey& key, std::uint8_t protocol) {
  if (std::exchange(warned_of_deletion, true)) {
    return;
  }
  const auto writer = writers.find(key);
  net::log(net::LogPart::Kernel, net::LogLevel::Warning,
           "a route that this run did not write is removed: {} table {} metric {} protocol {}, {}. "
           "By protocol and place it counts as ours. If another program wrote it, give "
           "kernel.export a protocol or a metric of its own; further ones are removed silently",
           key.prefix.to_string(), key.table, key.metric, protocol,
           writer == writers.end()
               ? std::string("which was there before")
               : fmt::format("written by netlink port {} (mostly the id of the process)",
                             writer->second));
  writers = {};
}

void FibWriter::Impl::log_error(const net::Prefix& prefix, const std::string& text) {
  if (!error_log_limit.allows(loop.now())) {
    return;
  }
  if (const std::uint64_t more = error_log_limit.take_held_back(); more != 0) {
    net::log(net::LogPart::Kernel, net::LogLevel::Warning, "{} more failures to write routes",
             more);
  }
  net::log(net::LogPart::Kernel, net::LogLevel::Warning, "route {} not written: {}",
           prefix.to_string(), text);
}

}  // namespace pipit::kernel
