package org.jmoe.training;

import java.util.Map;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;

/**
 * Results of one micro-batch; its arrays are freed with the micro-batch.
 *
 * @param nats mean cross-entropy per target
 * @param weight weight of this mean in the mean of the step; 1 on average
 * @param penalties weighted balance losses, by name
 * @param signals routing signals, by layer path
 * @param recording counts of moved bytes and dropped tokens
 */
record MicroBatch(
    double nats,
    double weight,
    Map<String, Double> penalties,
    Map<String, RoutingSignals> signals,
    RecordingStore recording) {}
