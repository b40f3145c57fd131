#include "net/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace pipit::net {

void occupy_standard_streams() {
  int opened = ::open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO) {
    opened = ::open("/dev/null", O_RDONLY);
  }
  if (opened >= 0) {
    ::close(opened);
  }
}

}  // namespace pipit::net
