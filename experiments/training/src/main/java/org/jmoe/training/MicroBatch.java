package org.jmoe.training;

import java.util.Map;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;

/**
 * What one micro-batch did; its arrays end with it.
 *
 * @param nats mean cross-entropy of a target
 * @param weight of that mean in the step's, relative to other micro-batches; 1 on average
 * @param penalties each balance loss times its coefficient, by name
 * @param signals what its layers told, by their paths
 * @param recording of bytes sent and tokens dropped
 */
record MicroBatch(
    double nats,
    double weight,
    Map<String, Double> penalties,
    Map<String, RoutingSignals> signals,
    RecordingStore recording) {}
