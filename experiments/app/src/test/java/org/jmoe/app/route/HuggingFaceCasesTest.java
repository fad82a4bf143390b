package org.jmoe.app.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Reference values from the tests of Hugging Face Transformers. */
final class HuggingFaceCasesTest {
  /** test_equivalency_router_z_loss, (2, 6, 4). */
  @Test
  void switchZLoss() {
    Routed routed =
        Routed.of(
            """
            'preset':'switch','losses':['z'],'sequences':2,'logits':[
            [-4.2124424,3.891939,-3.6481273,1.8849981],[0.32625437,2.918651,0.84758997,-4.556842],
            [-3.32062,4.6977115,-0.15439987,0.44086337],[3.4467149,4.3436565,-4.7224274,-4.264637],
            [-2.224406,-2.5318158,-1.3832569,1.1891162],[-2.320062,-0.44705987,4.289819,-0.00662684],
            [0.99470854,-0.6992364,0.25503993,4.2952085],[3.5937333,-3.2408535,-4.298278,4.426601],
            [0.7669008,2.6588762,2.4505413,4.6051874],[0.23330331,-3.0845237,0.6262374,-2.9865491],
            [0.7595146,-2.1099675,-4.155346,-2.8326452],[2.3771453,1.004138,-3.1781673,0.7581556]]\
            """);
    assertEquals(13.786719, routed.loss("z"), 13.786719e-6);
  }

  /** SwitchTransformersRouterTest, end to end from the hidden states. */
  @Test
  void switchRouterEndToEnd() {
    Routed routed =
        Routed.of(
            """
            'preset':'switch','losses':['switch','z'],'sequences':2,'tokens':[
            [0.6433916,0.18188512,0.02240455,0.563781],[0.5526401,0.0958724,0.34253013,0.03644359],
            [0.08744538,0.7909105,0.35205448,0.53364205],[0.02900076,0.4168595,0.5802449,0.91486526],
            [0.27414513,0.14991808,0.9383501,0.5209162],[0.51207185,0.90618336,0.7309413,0.95533276]],
            'weight':[[0.02008116,0.00620062],[-0.00811031,-0.00031623],[-0.03542127,0.02703803],
            [0.02335377,-0.02971946]]\
            """);
    assertEquals(1.000308, routed.loss("switch"), 1e-6);
    assertEquals(0.4789799, routed.loss("z"), 1e-6);
    routed.weights(0, 1e-6, 0.5090078);
    assertEquals("0; 1; 0; 0; 1; 0", routed.experts());
  }

  /** Trap 3: pooling layers cancels opposite imbalances; the loss of one layer does not. */
  @Test
  void mixtralOfOneLayer() {
    assertEquals(
        2.168493, Routed.canonical("mixtral", ",'losses':['mixtral']").loss("mixtral"), 1e-6);
  }

  /** {@code sparsemixer} of Transformers 5.18.0 in float64, evaluation mode. */
  @Test
  void sparseMixer() {
    Routed near = Routed.canonical("phimoe", ",'jitter':0.3");
    assertEquals("0,1; 1,0; 0,2; 2,3; 0,2; 3,1", near.experts());
    near.weights(0, 1e-12, 0.7310585786300049, 1);
    near.weights(2, 1e-12, 1, 0.6224593312018546);
    near.weights(3, 1e-12, 0.36716540111092555, 0.5249791874789399);
    near.weights(4, 1e-12, 0.574442516811659, 1);
    Routed.canonical("phimoe", "").weights(0, 0, 1, 1);
  }

  /** The same in training mode with given draws; upstream rounds the constant 1/3 to float32. */
  @Test
  void sparseMixerWithGivenDraws() {
    Routed routed =
        Routed.canonical(
            "phimoe",
            """
            ,'jitter':0.3,'training':true,'uniform':[0.1,0.8,0.5,0.9,0.2,0.7],
            'noise':[[0.3,-0.2,1.1,0.4],[0.9,-0.3,0.2,0.1],[-0.4,0.8,0.5,1.2],[0.1,0.2,-0.3,0.6],
              [-0.2,0.4,0.7,0.3],[0.5,0.1,-0.1,-0.6]]\
            """);
    assertEquals("0,1; 0,1; 0,2; 3,0; 2,0; 1,3", routed.experts());
    routed.weights(1, 1e-8, 0.26894142136999516, 1);
    routed.weights(3, 1e-8, 0.3322249935333473, 0.4501660026875221);
    routed.weights(4, 1e-8, 0.14183830679278323, 1);
    routed.weights(5, 1e-8, 0.12583430282212701, 1);
  }
}
