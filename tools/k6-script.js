// The traffic of tools/locustfile.py for k6, against tools/demo-server.py.
//
//     k6 run -e HOST=http://127.0.0.1:8765 -e SECONDS=40 --out csv=base.csv tools/k6-script.js
//
// Users are ramped up over the first two seconds, then stay. Every request has a `name` tag, so that paths with an id
// in them are counted as one endpoint.

import http from 'k6/http';
import { sleep } from 'k6';

const host = __ENV.HOST || 'http://127.0.0.1:8765';
const seconds = Number(__ENV.SECONDS || 40);
const users = Number(__ENV.USERS || 20);

export const options = {
  scenarios: {
    steady: {
      executor: 'ramping-vus',
      startVUs: 0,
      stages: [
        { duration: '2s', target: users },
        { duration: `${seconds - 2}s`, target: users },
      ],
      gracefulRampDown: '0s',
      gracefulStop: '0s',
    },
  },
  systemTags: ['method', 'name', 'status', 'expected_response'],
  discardResponseBodies: true,
};

const json = (name) => ({ headers: { 'Content-Type': 'application/json' }, tags: { name } });
const id = () => 1 + Math.floor(Math.random() * 500);

// A weight, and what is done as often as that.
const tasks = [
  [2, () => http.get(`${host}/health`, { tags: { name: '/health' } })],
  [3, () => http.get(`${host}/v1/models`, { tags: { name: '/v1/models' } })],
  [5, () => http.post(`${host}/v1/chat`, '{"prompt":"Hello"}', json('/v1/chat'))],
  [5, () => http.post(`${host}/query`, '{"q":"select 1"}', json('/query'))],
  [4, () => http.get(`${host}/search?q=alpha`, { tags: { name: '/search' } })],
  [3, () => http.post(`${host}/tools/run`, '{"tool":"echo"}', json('/tools/run'))],
  [4, () => http.get(`${host}/users/${id()}`, { tags: { name: '/users/[id]' } })],
  [2, () => http.put(`${host}/users/${id()}`, '{"plan":"basic"}', json('/users/[id]'))],
];
const bag = tasks.flatMap(([weight, task]) => Array(weight).fill(task));

export default function () {
  bag[Math.floor(Math.random() * bag.length)]();
  sleep(0.2 + Math.random() * 0.4);
}
