#include "producer_watch.hpp"

namespace plait::sim {

void ProducerWatch::pauseProducing() {
  run_.expect(!stopped_, "{}: paused after it was stopped", name_);
  run_.expect(!paused_, "{}: paused twice", name_);
  paused_ = true;
}

void ProducerWatch::resumeProducing() {
  run_.expect(!stopped_, "{}: resumed after it was stopped", name_);
  run_.expect(paused_, "{}: resumed, and was not paused", name_);
  paused_ = false;
  if (whenResumed) whenResumed();
}

void ProducerWatch::stopProducing() {
  run_.expect(!stopped_, "{}: stopped twice", name_);
  stopped_ = true;
  paused_ = false;
  if (whenStopped) whenStopped();
}

}  // namespace plait::sim
