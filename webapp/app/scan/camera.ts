import { newDecoder, pixels } from "./decode";

// Camera looks for QR codes until it is stopped.
export interface Camera {
  stop(): void;
}

// pace between two looks, in milliseconds: a person does not notice it, a battery does.
const pace = 150;

// startCamera shows the camera's film in an element and calls found with each code that it
// sees. It throws what the browser throws when there is no camera or no permission.
export async function startCamera(video: HTMLVideoElement, found: (text: string) => Promise<boolean>): Promise<Camera> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } } });
  let running = true;
  const stop = (): void => {
    running = false;
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  video.srcObject = stream;
  await video.play();
  const decode = await newDecoder();
  const look = async (): Promise<void> => {
    if (!running) return;
    const picture = video.readyState >= 2 ? pixels(video, video.videoWidth, video.videoHeight) : undefined;
    const text = picture && (await decode(picture));
    if (running && text && (await found(text))) return stop();
    if (running) setTimeout(() => void look(), pace);
  };
  void look();
  return { stop };
}
