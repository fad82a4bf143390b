package org.jmoe.experiments.train;

import java.util.Map;
import org.jmoe.layer.RecordingStore;

/**
 * What one micro-batch did; its arrays end with it.
 *
 * @param nats mean cross-entropy of a token
 * @param penalties each balance loss times its coefficient, by name
 * @param recording what its layers told
 */
record MicroBatch(double nats, Map<String, Double> penalties, RecordingStore recording) {}
